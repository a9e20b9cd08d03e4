import { toZero } from '../../core/capacity.ts';
import type { ServiceConfig } from '../../core/config/schema.ts';
import type { Operation } from '../../core/operation.ts';
import type { Plan } from '../../core/plan.ts';
import { fenceHome as definition, type Fence, type FenceData, servicesToFence } from '../../core/steps/fence-home.ts';
import type { ServiceObserved } from '../../core/topology.ts';
import { type CapacityClient, capacityClient } from '../adapters/capacity.ts';
import { bestEffort } from '../adapters/clients.ts';
import { attempt, type Failure } from '../adapters/errors.ts';
import { inAccountOf } from '../adapters/reach.ts';
import type { Decision, Step, StepContext } from '../runner/step.ts';
import { type CapacityAction, capacityChange } from './capacity-change.ts';

export type Seen =
  | { readonly ok: true; readonly value: ServiceObserved }
  | { readonly ok: false; readonly failure: Failure };

/**
 * A forced promote stops home's tasks first, a planned one only its workers, best effort: it waits at most 15 s, 3 s
 * when home was lost when the plan was made, and longer only in a planned move, for workers that are seen to stop: users are
 * served at home meanwhile. What is not fenced is reported: home's tasks wake up when the region does.
 */
export const fenceHome: Step<readonly Seen[], CapacityAction, FenceData> = {
  definition,
  limit_s: (_, operation) => patience_s(operation),
  atLimit: 'go-on',
  observe: async (context) => {
    const client = homeClient(context);
    return Promise.all(toFence(context).map((service) => attempt(client.observe(service))));
  },
  decide: decideFence,
  perform: async (action, context) => {
    const service = context.app.services.find((s) => s.name === action.service);
    if (service === undefined) return;
    await homeClient(context).set(service, action.capacity);
  },
};

const toFence = ({ app, operation }: Pick<StepContext, 'app' | 'operation'>): readonly ServiceConfig[] =>
  servicesToFence(operation.plan, app);

/** Seconds; 3 when home was lost when the plan was made. */
export const fenceBound_s = (operation: Operation): number => (operation.facts.verdict === 'lost' ? 3 : 15);

/**
 * Tasks that were told to stop get 30 s for it, or what their definition says, 120 at most on Fargate (ECS API reference,
 * ContainerDefinition, `stopTimeout`), and a little to be gone. On EC2 there is no such maximum.
 */
const STOPPED_WITHIN_S = 130;

/** The longest that it waits for a home that answers and stops. */
export const patience_s = (operation: Operation): number =>
  operation.plan.forced ? fenceBound_s(operation) : STOPPED_WITHIN_S;

export function decideFence(
  seen: readonly Seen[],
  context: Pick<StepContext, 'app' | 'operation' | 'elapsed_s'>,
): Decision<CapacityAction, FenceData> {
  const { operation } = context;
  const services = toFence(context);
  const changes = services.flatMap((service, index) => {
    const one = seen[index];
    const next = one?.ok ? toZero(one.value) : undefined;
    return one?.ok && next !== undefined ? [capacityChange(service, one.value, next)] : [];
  });
  const verdict = judgeFence(seen);
  const bound_s = fenceBound_s(operation);
  const detail = sayFence(verdict, operation.plan, seen, bound_s);
  if (changes.length > 0 && context.elapsed_s < bound_s) return { do: 'change', changes };
  if (verdict === 'fenced') return { do: 'done', outcome: 'done', detail, data: { fence: verdict } };
  // In a planned move this may take longer than the bound: the standby's workers start only after it.
  if (verdict === 'draining' && context.elapsed_s + 2 < patience_s(operation)) return { do: 'wait', why: detail };
  // Home's silence was measured with the whole bound already; asking again would only cost time.
  if ((verdict === 'unreachable' && operation.facts.verdict === 'lost') || context.elapsed_s + 2 >= bound_s) {
    return { do: 'done', outcome: 'unconfirmed', detail, data: { fence: verdict } };
  }
  return { do: 'wait', why: detail };
}

export function judgeFence(seen: readonly Seen[]): Fence {
  if (seen.every((one) => one.ok && one.value.running === 0 && one.value.desired === 0)) return 'fenced';
  if (seen.every((one) => !one.ok && one.failure.kind === 'silent')) return 'unreachable';
  return seen.every((one) => one.ok && one.value.desired === 0) ? 'draining' : 'unknown';
}

function sayFence(verdict: Fence, { from, forced }: Plan, seen: readonly Seen[], bound_s: number): string {
  const running = seen.flatMap((one) =>
    one.ok && one.value.running > 0 ? [`${one.value.name} ${one.value.running}`] : [],
  );
  switch (verdict) {
    case 'fenced':
      return forced ? `nothing runs in ${from} any more` : `no worker runs in ${from} any more`;
    case 'draining':
      return `${from} was set to 0 and still runs: ${running.join(', ')}`;
    case 'unreachable':
      return `${from} did not answer within ${bound_s} s: its tasks may wake up with it`;
    case 'unknown':
      return `${from} answered only in part: what runs there is not known`;
  }
}

const homeClient = (context: StepContext): CapacityClient =>
  capacityClient(context.operation.plan.from, 'home', inAccountOf(context.app, bestEffort(patience_ms(context))));

/** One call may take what is left of the bound, 3 s at most. */
function patience_ms(context: StepContext): number {
  const left_s = patience_s(context.operation) - context.elapsed_s;
  return Math.round(Math.min(3, Math.max(0.5, left_s)) * 1000);
}
