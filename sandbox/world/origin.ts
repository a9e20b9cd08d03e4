import { resolverAnswer } from '../../simulator/aws/services/route-53/answers.ts';
import type { DnsView } from '../../simulator/aws/services/route-53/view.ts';
import type { Application } from '../application/application.ts';

/** The resolver that the CDN's edges ask. */
const EDGES = 'cdn-edges';

/** DNS as the CDN's edges see it: a load balancer's name answers its own addresses, not theirs. */
function originView(view: DnsView, { originAddresses }: Pick<Application, 'originAddresses'>): DnsView {
  const bare = (name: string): string => name.replace(/\.$/, '').replace(/^dualstack\./, '');
  return { ...view, external: (name, at_ms) => originAddresses(bare(name)) ?? view.external(name, at_ms) };
}

/** The region that the CDN's edges send users of `record` to: where DNS leads them, with its time to live. */
export function originRegion(view: DnsView, application: Application, record: string, at_ms: number) {
  const { records } = resolverAnswer(originView(view, application), EDGES, record, 'A', at_ms);
  const address = records.find(({ type }) => type === 'A')?.data;
  return application.regions.find((one) => one.address === address)?.region;
}

/** Whose answers lead users to a region, and what they answer then: their resolvers', or the CDN's edges'. */
export function waysIn(view: DnsView, application: Application, region: string, resolvers: readonly string[]) {
  if (application.frontDoor.kind !== 'cdn') return { view, resolvers, data: application.addressesOf(region) };
  const origin = application.regions.find((one) => one.region === region);
  return { view: originView(view, application), resolvers: [EDGES], data: [origin?.address ?? ''] };
}
