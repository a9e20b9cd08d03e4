import { SELF_TEST } from '../../core/kinds.ts';
import { planHash } from '../../core/plan.ts';
import { rulesOf, SELF_TEST_USER, selfTestPlan } from '../../core/self-test.ts';
import type { RequestContext } from '../context.ts';
import { digest } from '../digest.ts';
import { operationId } from '../operation-id.ts';
import { writeDraft } from './draft.ts';
import { startOperation } from './start.ts';

/** Nobody: the schedule asks, and it may not approve. */
const REQUESTER = 'schedule';

/**
 * What the daily self-test asks for: the draft, the lock, the request and the state machine of any operation, for
 * nothing. No dialog and no person: the draft is requested at once.
 */
export async function startSelfTest(
  context: RequestContext,
  request: { readonly at_s: number; readonly triggerId: string },
): Promise<void> {
  const id = operationId(SELF_TEST, request.at_s, request.triggerId);
  const { plan, facts } = selfTestPlan(context.environment.region);
  await writeDraft(context, id, {
    application: SELF_TEST,
    choices: [{ choice: 'proposed', plan, planHash: planHash(plan, digest), facts }],
    requester: REQUESTER,
    requesterSlack: SELF_TEST_USER,
    channel: rulesOf(context.config, id).slack.channel,
    viewId: null,
  });
  const operation = { id, application: SELF_TEST };
  const started = await startOperation(context, operation, REQUESTER, { reason: 'daily', choice: 'proposed' });
  if (started.how !== 'held') return;
  const why = `the self-test before it, ${started.holder.id}, has not ended`;
  await context.ledger.append(context.ledger.op(id), (records) =>
    records.some((r) => r.event.type === 'operation-ended')
      ? undefined
      : { type: 'operation-ended', by: REQUESTER, data: { outcome: 'refused', why } },
  );
}
