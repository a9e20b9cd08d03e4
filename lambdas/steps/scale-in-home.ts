import { lowerTo } from '../../core/capacity.ts';
import { scaleInHome as definition } from '../../core/steps/scale-in-home.ts';
import { capacityClient } from '../adapters/capacity.ts';
import { bestEffort } from '../adapters/clients.ts';
import { attempt } from '../adapters/errors.ts';
import { inAccountOf } from '../adapters/reach.ts';
import type { Decision, Step, StepContext } from '../runner/step.ts';
import { type CapacityAction, capacityChange } from './capacity-change.ts';
import type { Seen } from './fence-home.ts';

const HOME_CALL_MS = 3_000;
/** Users are served already: home is asked for this long, then what was seen is reported. */
const BOUND_S = 30;

/**
 * After a planned move and its verification home keeps only what it needs to stand by. Nothing depends on it: best
 * effort, and what is reported is what was seen.
 */
export const scaleInHome: Step<readonly Seen[], CapacityAction> = {
  definition,
  limit_s: () => BOUND_S,
  atLimit: 'go-on',
  observe: async (context) => {
    if (whyNot(context) !== undefined) return [];
    const client = capacityClient(
      context.operation.plan.from,
      'home',
      inAccountOf(context.app, bestEffort(HOME_CALL_MS)),
    );
    return Promise.all(context.app.services.map((service) => attempt(client.observe(service))));
  },
  decide: decideScaleIn,
  perform: async (action, context) => {
    const service = context.app.services.find((s) => s.name === action.service);
    if (service === undefined) throw new Error(`muster.yaml no longer has the service ${action.service}`);
    const client = capacityClient(
      context.operation.plan.from,
      'home',
      inAccountOf(context.app, bestEffort(HOME_CALL_MS)),
    );
    await client.set(service, action.capacity);
  },
};

/** Why home is left as it is; undefined: it may be scaled in. */
function whyNot({ operation }: Pick<StepContext, 'operation'>): string | undefined {
  if (operation.plan.forced) {
    // A switchover that became a failover half way was not fenced by it: that is said, not claimed.
    const fence = operation.steps.get('fence-home');
    if (fence?.outcome === 'done') return 'fence-home did it';
    // A planned move whose switchover was stuck became a forced one after its fence: then home is still as it was.
    if (fence?.outcome !== 'not-needed') return `a forced move leaves home to its fence: ${fence?.detail ?? 'none'}`;
  }
  // A verification that people skipped proves nothing: home may be what still serves.
  return operation.steps.get('verify')?.outcome === 'done'
    ? undefined
    : 'the standby was not verified: home keeps its capacity';
}

export function decideScaleIn(
  seen: readonly Seen[],
  context: Pick<StepContext, 'app' | 'operation' | 'state' | 'elapsed_s'>,
): Decision<CapacityAction> {
  const { app, operation } = context;
  const left = whyNot(context);
  if (left !== undefined) return { do: 'done', outcome: 'not-needed', detail: left };
  const changes = app.services.flatMap((service, index) => {
    const one = seen[index];
    const next = one?.ok ? lowerTo(one.value, service.idle) : undefined;
    return one?.ok && next !== undefined ? [capacityChange(service, one.value, next)] : [];
  });
  if (changes.length > 0 && context.elapsed_s < BOUND_S) return { do: 'change', changes };
  const unseen = app.services.flatMap((service, index) => {
    const one = seen[index];
    return one?.ok ? [] : [`${service.name} (${one?.failure.text ?? 'not asked'})`];
  });
  const detail = saySeen(operation.plan.from, seen, unseen);
  if (changes.length > 0) return { do: 'done', outcome: 'unconfirmed', detail: `not all was set: ${detail}` };
  if (unseen.length === 0) {
    const acted = (context.state?.acted.length ?? 0) > 0;
    return { do: 'done', outcome: acted ? 'done' : 'adopted', detail };
  }
  return context.elapsed_s < BOUND_S ? { do: 'wait', why: detail } : { do: 'done', outcome: 'unconfirmed', detail };
}

/** `us-east-1: web desired 1, 4 still running; not seen: orders (...)` */
function saySeen(region: string, seen: readonly Seen[], unseen: readonly string[]): string {
  const said = seen.flatMap((one) => {
    if (!one.ok) return [];
    const { name, desired, running } = one.value;
    return [`${name} desired ${desired}, ${running} ${running > desired ? 'still running' : 'running'}`];
  });
  const missing = unseen.length === 0 ? [] : [`not seen: ${unseen.join(', ')}`];
  return `${region}: ${[...said, ...missing].join('; ')}`;
}
