import { SELF_TEST } from '../../core/kinds.ts';
import { planHash } from '../../core/plan.ts';
import { rulesOf, SELF_TEST_USER, selfTestPlan } from '../../core/self-test.ts';
import { startMachine } from '../adapters/machines.ts';
import { digest } from '../digest.ts';
import type { Door } from '../door.ts';
import { operationId } from '../operation-id.ts';
import { takeLock } from './lock.ts';

/** Nobody: the schedule asks, and it has no voice. */
const REQUESTER = 'schedule';

/** What the daily self-test asks for: the draft, the lock, the request and the state machine of a promote, for nothing. */
export async function startSelfTest(door: Door, request: { readonly at_s: number; readonly triggerId: string }) {
  const id = operationId(SELF_TEST, request.at_s, request.triggerId);
  const { plan, facts } = selfTestPlan(door.environment.region);
  await door.ledger.append(door.ledger.op(id), (records) =>
    records.length > 0
      ? undefined
      : {
          type: 'operation-drafted',
          by: REQUESTER,
          data: {
            kind: SELF_TEST,
            application: SELF_TEST,
            choices: [{ choice: 'proposed', plan, planHash: planHash(plan, digest), facts }],
            requester: REQUESTER,
            requesterSlack: SELF_TEST_USER,
            channel: rulesOf(door.config, id).slack.channel,
            viewId: null,
          },
        },
  );
  const holder = await takeLock(door, SELF_TEST, id, REQUESTER);
  if (holder !== undefined) {
    const why = `the self-test before it, ${holder.id}, has not ended`;
    await door.ledger.append(door.ledger.op(id), (records) =>
      records.some((r) => r.event.type === 'operation-ended')
        ? undefined
        : { type: 'operation-ended', by: REQUESTER, data: { outcome: 'refused', why } },
    );
    return;
  }
  await door.ledger.append(door.ledger.op(id), (records) =>
    records.some((r) => r.event.type === 'operation-requested')
      ? undefined
      : { type: 'operation-requested', by: REQUESTER, data: { reason: 'daily', choice: 'proposed' } },
  );
  await startMachine(door.environment, id);
}
