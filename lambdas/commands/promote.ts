import type { ApplicationConfig } from '../../core/config/schema.ts';
import type { PlanChoice } from '../../core/ledger.ts';
import { promoteDialog } from '../../core/messages/dialogs.ts';
import { type MethodChoice, type PlanResult, planHash, planPromote } from '../../core/plan.ts';
import { isRefusal, type Refusal } from '../../core/reasons.ts';
import type { Topology } from '../../core/topology.ts';
import { digest } from '../digest.ts';
import { type Choices, type Draft, draftOperation } from './draft.ts';
import type { Handler } from './handler.ts';

/** What of a draft is a promote's own. */
const PROMOTE: Draft = { kind: 'promote', choices: planChoices, dialog: promoteDialog };

/** `/dr promote`: plans how the standby takes over, and shows it. Starts nothing. */
export const promote: Handler<'promote'> = (context, command, request) =>
  draftOperation(context, command, request, PROMOTE);

/** What Muster proposes first, then what else is possible now. */
function planChoices(application: string, app: ApplicationConfig, topology: Topology): Choices | Refusal {
  const plan = (choice: MethodChoice): PlanChoice | Refusal =>
    choiceOf(choice, planPromote(application, app, topology, choice));
  const proposed = plan('proposed');
  if (isRefusal(proposed)) return proposed;
  const { method } = proposed.plan.database;
  if (method === 'adopt' || method === 'none') return [proposed];
  const others = (['switchover', 'failover'] as const).filter((choice) => choice !== method).map(plan);
  return [proposed, ...others.flatMap((other) => (isRefusal(other) ? [] : [other]))];
}

const choiceOf = (choice: MethodChoice, result: PlanResult): PlanChoice | Refusal =>
  result.ok
    ? { choice, plan: result.plan, planHash: planHash(result.plan, digest), facts: result.facts }
    : result.refusal;
