import type { ApplicationConfig } from '../../core/config/schema.ts';
import type { Operation } from '../../core/operation.ts';
import { approvalVoid, type PlanResult, planPromote } from '../../core/plan.ts';
import { sayRefusal } from '../../core/reasons.ts';
import { preflight as definition } from '../../core/steps/preflight.ts';
import type { Topology } from '../../core/topology.ts';
import { observe, seeDatabase } from '../observe.ts';
import type { Step } from '../runner/step.ts';

type Seen = { readonly why: undefined } | { readonly why: string; readonly topology: Topology };

/** What a person chose against the proposal stays chosen, as long as it is possible. */
function planAgain(operation: Operation, app: ApplicationConfig, topology: Topology): PlanResult {
  const { choice = 'proposed' } = operation.choices.find((one) => one.planHash === operation.planHash) ?? {};
  const chosen = planPromote(operation.application, app, topology, choice);
  return chosen.ok || choice === 'proposed' ? chosen : planPromote(operation.application, app, topology);
}

/** After approval and before the first change: is what was approved still what would run? */
export const preflight: Step<Seen, never> = {
  definition,
  limit_s: () => 5 * 60,
  atLimit: 'pause',
  observe: async (context) => {
    const { app, operation } = context;
    // What the standby answers is enough to see whether the approval holds; home is asked only for a new plan.
    const why = approvalVoid(operation.plan, await seeDatabase(app, context.now_ms, false));
    return why === undefined ? { why } : { why, topology: await observe(operation.application, app) };
  },
  decide: (seen, { app, operation }) => {
    if (seen.why === undefined) {
      return { do: 'done', outcome: 'done', detail: 'the approved plan still fits what is there' };
    }
    const fresh = planAgain(operation, app, seen.topology);
    return fresh.ok
      ? { do: 'ask', why: seen.why, plan: fresh.plan, facts: fresh.facts }
      : { do: 'pause', why: `${seen.why}. ${sayRefusal(fresh.refusal)}` };
  },
  perform: () => Promise.resolve(),
};
