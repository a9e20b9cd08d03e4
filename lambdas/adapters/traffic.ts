import { addressTypes } from '../../core/alias.ts';
import type { ApplicationConfig } from '../../core/config/schema.ts';
import { known, type Observed, type TrafficObserved, unknown } from '../../core/topology.ts';
import { resolveAt } from './web.ts';

const RESOLVE_MS = 2_000;

/** Where the record's name leads now, by every configured resolver that answers. */
export async function observeTraffic(app: ApplicationConfig): Promise<Observed<TrafficObserved>> {
  const { traffic, verify } = app;
  const perResolver = await Promise.all(verify.resolvers.map((resolver) => view(resolver, traffic)));
  const answers = perResolver.filter((answer) => answer !== undefined);
  if (answers.length === 0) return unknown(`none of the resolvers ${verify.resolvers.join(', ')} answered`);
  const kinds = new Set(answers.map((answer) => answer.kind));
  const addresses = [...new Set(answers.flatMap((answer) => answer.addresses))].sort();
  const [only] = kinds;
  return known({ answer: kinds.size === 1 && only !== undefined ? only : 'mixed', addresses });
}

interface View {
  readonly kind: TrafficObserved['answer'];
  readonly addresses: readonly string[];
}

async function view(resolver: string, traffic: ApplicationConfig['traffic']): Promise<View | undefined> {
  const types = addressTypes(traffic);
  const quietly = (name: string): Promise<readonly string[] | undefined> =>
    Promise.all(types.map((type) => resolveAt(resolver, name, RESOLVE_MS, type))).then(
      (lists) => lists.flat(),
      () => undefined,
    );
  const [addresses, home, standby] = await Promise.all([
    quietly(traffic.record),
    quietly(traffic.home.target),
    quietly(traffic.standby.target),
  ]);
  if (addresses === undefined) return undefined;
  return { kind: classify(addresses, home ?? [], standby ?? []), addresses };
}

/** Which side a set of addresses belongs to. */
export function classify(
  addresses: readonly string[],
  home: readonly string[],
  standby: readonly string[],
): TrafficObserved['answer'] {
  const within = (side: readonly string[]): boolean => addresses.length > 0 && addresses.every((a) => side.includes(a));
  if (within(standby)) return 'standby';
  if (within(home)) return 'home';
  return addresses.some((a) => standby.includes(a)) && addresses.some((a) => home.includes(a)) ? 'mixed' : 'neither';
}
