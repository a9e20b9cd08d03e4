import type { ApplicationConfig } from '../../core/config/schema.ts';
import { APPROVED_WITHIN_S, copiedUntil, lossBound_s, plusSeconds } from '../../core/loss.ts';
import { type Acted, currentRound, MOST_ROUNDS } from '../../core/operation.ts';
import type { DatabasePlan } from '../../core/plan.ts';
import type { Decision, StepContext } from '../runner/step.ts';

type Context = Pick<StepContext, 'app' | 'operation' | 'state' | 'now_ms'>;
type AskPeople = Extract<Decision<never>, { do: 'ask' | 'pause' }>;

export const secondsSince = (at: string, { now_ms }: Pick<StepContext, 'now_ms'>): number =>
  (now_ms - Date.parse(at)) / 1000;

export const isAsked = ({ operation }: Pick<StepContext, 'operation'>): boolean => {
  const round = currentRound(operation);
  return round !== undefined && round.decision === undefined;
};

export const stuckAfter_s = (app: ApplicationConfig): number =>
  (app.database.kind === 'aurora-global' ? app.database.stuckAfter_minutes : 10) * 60;

/**
 * A move that has been under way for too long. People are asked about the declared fallback, in a round of its own; where
 * there is none left, whether to wait on. Meanwhile the step looks on, and what is done by hand is adopted.
 */
export function stuck(context: Context, called: Acted | undefined, says: string): AskPeople | undefined {
  const { app, operation, state } = context;
  const limit_s = stuckAfter_s(app);
  // From the call, or from when people last spoke: scaling out before it is not the database's delay.
  const instants = [called?.acceptedAt ?? called?.at, currentRound(operation)?.decision?.at, state?.resumedAt];
  if (called === undefined) instants.push(state?.startedAt);
  const since = instants
    .filter((at) => at !== undefined)
    .toSorted()
    .at(-1);
  if (since === undefined || secondsSince(since, context) < limit_s || isAsked(context)) return undefined;
  const minutes = Math.round(limit_s / 60);
  const { database } = operation.plan;
  const method = database.method === 'adopt' ? 'move that was begun before' : database.method;
  return (
    askFallback(context, `the ${method} has been stuck for ${minutes} minutes (${says})`, minutes) ?? {
      do: 'pause',
      why: `the ${method} has not ended after ${minutes} minutes: ${says}. Retry waits ${minutes} minutes more. If you end it by hand (runbook, promote-database), Muster sees that and continues`,
    }
  );
}

/** Asks for the fallback that the plan names; undefined: there is none, or people were asked often enough. */
export function askFallback({ operation, now_ms }: Context, why: string, minutes: number): AskPeople | undefined {
  const { plan, facts } = operation;
  const { database } = plan;
  if (database.method === 'none' || database.fallback === null || operation.rounds.length >= MOST_ROUNDS) return;
  const next: DatabasePlan = {
    ...database,
    method: database.fallback,
    fallback: database.fallback === 'failover' ? 'detach' : null,
    callRegion: plan.to,
  };
  const by = `The ${database.method} did not come to its end`;
  const detach = database.fallback === 'detach';
  return {
    do: 'ask',
    why: detach
      ? `${why}. Approve: the standby is detached, which changes the database endpoint. Decline: Muster keeps waiting, and asks again in ${minutes} minutes. If it ends meanwhile, by hand or by itself, Muster sees that and continues`
      : `${why}; the declared fallback is a failover, which may lose data`,
    plan: { ...plan, forced: true, database: next, maxLoss_s: null },
    facts: {
      ...facts,
      why: detach ? `${by}, so the standby is detached.` : `${by}, so the standby is promoted by force.`,
      // Home may write until the fallback is called: so far, and while people think.
      expectedLoss_s: lossBound_s(
        copiedUntil(facts.lag, facts.observedAt),
        plusSeconds(new Date(now_ms).toISOString(), APPROVED_WITHIN_S),
      ),
      notices: detach ? [ENDPOINT_CHANGES, NOT_DOCUMENTED] : facts.notices,
    },
  };
}

const ENDPOINT_CHANGES =
  'The database endpoint changes: the application must be given the standby cluster’s own endpoint.';
const NOT_DOCUMENTED =
  'Whether AWS takes a detach while a failover is under way is not documented: Muster tries for some minutes and shows its answer.';
