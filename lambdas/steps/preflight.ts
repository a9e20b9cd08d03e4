import type { ApplicationConfig } from '../../core/config/schema.ts';
import { type HomeLook, silentSince } from '../../core/loss.ts';
import type { Operation } from '../../core/operation.ts';
import { approvalVoid, type PlanResult, planPromote } from '../../core/plan.ts';
import { sayRefusal } from '../../core/reasons.ts';
import { preflight as definition, type PreflightData } from '../../core/steps/preflight.ts';
import { type Topology, unknown } from '../../core/topology.ts';
import { lookAtHome, observe, seeDatabase } from '../observe.ts';
import type { Step } from '../runner/step.ts';

type Seen =
  | { readonly why: undefined; readonly data: PreflightData }
  | { readonly why: string; readonly topology: Topology };

/** What a person chose against the proposal stays chosen, as long as it is possible. */
function planAgain(operation: Operation, app: ApplicationConfig, topology: Topology): PlanResult {
  const { choice = 'proposed' } = operation.choices.find((one) => one.planHash === operation.planHash) ?? {};
  const chosen = planPromote(operation.application, app, topology, choice);
  return chosen.ok || choice === 'proposed' ? chosen : planPromote(operation.application, app, topology);
}

/**
 * The second look at home, where the approved bound rests on its silence: what home may have written ends with the first.
 * It costs the 3 s that home is given, and nobody is served there.
 */
async function homeAgain({ plan, facts }: Operation, app: ApplicationConfig): Promise<HomeLook> {
  const { method } = plan.database;
  if ((method !== 'failover' && method !== 'detach') || facts.verdict !== 'lost') return 'not-asked';
  const { verdict } = await lookAtHome(app);
  return verdict === 'lost' ? 'silent' : 'answered';
}

/** After approval and before the first change: is what was approved still what would run? */
export const preflight: Step<Seen, never, PreflightData> = {
  definition,
  limit_s: () => 5 * 60,
  atLimit: 'pause',
  observe: async ({ app, operation, now_ms }) => {
    // What the standby answers is enough to see whether the approval holds, and home's silence.
    const [database, home] = await Promise.all([seeDatabase(app, now_ms, false), homeAgain(operation, app)]);
    const at = new Date(now_ms).toISOString();
    const why = approvalVoid(operation.plan, operation.facts, { database, at, home });
    if (why !== undefined) return { why, topology: await observe(operation.application, app) };
    const lag = database?.known === true ? database.value.lag : unknown('not seen');
    return { why, data: { home, silentSince: silentSince(operation.facts, { at, lag, home }) ?? null } };
  },
  decide: (seen, { app, operation }) => {
    if (seen.why === undefined) {
      return { do: 'done', outcome: 'done', detail: 'the approved plan still fits what is there', data: seen.data };
    }
    const fresh = planAgain(operation, app, seen.topology);
    return fresh.ok
      ? { do: 'ask', why: seen.why, plan: fresh.plan, facts: fresh.facts }
      : { do: 'pause', why: `${seen.why}. ${sayRefusal(fresh.refusal)}` };
  },
  perform: () => Promise.resolve(),
};
