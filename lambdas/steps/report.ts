import type { OperationOutcome, Report } from '../../core/ledger.ts';
import type { Operation } from '../../core/operation.ts';
import type { StepInput, StepResult } from '../../core/protocol.ts';
import { fenceHome } from '../../core/steps/fence-home.ts';
import { type PromotedData, promoteDatabase } from '../../core/steps/promote-database.ts';
import { resultOf } from '../../core/steps/result.ts';
import { switchWorkers } from '../../core/steps/switch-workers.ts';
import { verify } from '../../core/steps/verify.ts';
import { loadOperation } from '../adapters/ledger.ts';
import type { StepWorld } from '../runner/world.ts';

/** After success: what was measured, what now differs, what is unprotected. Then the operation is over. */
export async function report(input: StepInput, world: StepWorld): Promise<StepResult> {
  const operation = await loadOperation(world.ledger, input.operation);
  if (operation === undefined) throw new Error(`the ledger knows no operation ${input.operation}`);
  if (operation.steps.get('verify')?.status !== 'done' || operation.abort !== undefined) {
    return operation.ended === undefined ? { status: 'stop', wait_s: 1 } : { status: 'done', wait_s: 1 };
  }
  const region = operation.plan.to;
  await world.ledger.append(world.ledger.op(operation.id), (records) =>
    records.some((r) => r.event.type === 'step-started' && r.event.data.step === 'report')
      ? undefined
      : { type: 'step-started', by: 'step:report', data: { step: 'report', region } },
  );
  await world.ledger.append(world.ledger.op(operation.id), (records) =>
    records.some((r) => r.event.type === 'step-done' && r.event.data.step === 'report')
      ? undefined
      : { type: 'step-done', by: 'step:report', data: { step: 'report', outcome: 'done', detail: 'written' } },
  );
  const end = { ...verdictOf(operation), report: makeReport(operation) };
  await world.ledger.append(world.ledger.op(operation.id), (records) =>
    records.some((r) => r.event.type === 'operation-ended')
      ? undefined
      : { type: 'operation-ended', by: 'step:report', data: end },
  );
  return { status: 'done', wait_s: 1 };
}

/** Never a success that was not verified: a verification that a person skipped ends as failed, and says where things are. */
export function verdictOf(operation: Operation): { readonly outcome: OperationOutcome; readonly why: string } {
  const { application, plan } = operation;
  const verify = operation.steps.get('verify');
  return verify?.outcome === 'done'
    ? { outcome: 'succeeded', why: `${application} runs in ${plan.to}` }
    : {
        outcome: 'failed',
        why: `${application} was moved to ${plan.to} and nobody verified it (${verify?.detail ?? ''}): check it now`,
      };
}

/** Pure: the operation, as the ledger has it, in figures. What was not measured says so. */
export function makeReport(operation: Operation): Report {
  const database = resultOf(operation, promoteDatabase);
  const loss = lossOf(operation, database);
  const written = resultOf(operation, verify)?.writtenAt;
  const fence = operation.steps.get('fence-home');
  const { forced, from, database: planned } = operation.plan;
  const promotedAt = operation.steps.get('promote-database')?.endedAt ?? null;
  return {
    rto_s: written == null ? null : (Date.parse(written) - Date.parse(operation.draftedAt)) / 1000,
    rpo_s: loss.rpo_s,
    rpoHow: loss.how,
    drift: [...operation.steps.values()].flatMap((step) =>
      step.acted.flatMap(({ change }) =>
        change === undefined
          ? []
          : [
              {
                resource: `${change.resource} (${change.region})`,
                before: say(change.before),
                after: say(change.after),
              },
            ],
      ),
    ),
    // After a switchover the old writer follows as a secondary; after anything forced nothing does.
    noStandbySince: forced && planned.method !== 'none' ? promotedAt : null,
    fence: fence === undefined ? 'not part of this operation' : fence.detail,
    notes: [
      ...operation.notes.map((note) => note.note),
      ...workersLeft(operation),
      ...(planned.method === 'detach' || database?.standalone === true
        ? [
            `the database endpoint changed: the application needs ${database?.endpoint ?? 'the standby cluster’s own endpoint'}; the global writer endpoint still leads to ${from}`,
          ]
        : []),
      ...(forced ? [`${from} may wake up with its tasks and its old writer: check it before anyone uses it`] : []),
    ],
  };
}

/**
 * An upper bound. A home that answered when it was left and was not seen to stop may have gone on writing for its users
 * until they were led away, and none of that is in the new writer.
 */
function lossOf(operation: Operation, database: PromotedData | undefined): { rpo_s: number | null; how: string } {
  if (operation.plan.database.method === 'none') return { rpo_s: 0, how: 'no database' };
  const measured = { rpo_s: database?.rpo_s ?? null, how: database?.how ?? 'not measured' };
  const { plan, facts, steps } = operation;
  const fence = resultOf(operation, fenceHome)?.fence;
  if (measured.rpo_s === null || !plan.forced || facts.verdict === 'lost' || fence === 'fenced') return measured;
  if (plan.database.method !== 'failover' && plan.database.method !== 'detach') return measured;
  const calledAt = steps.get('promote-database')?.acted.at(-1)?.at;
  const movedAt = steps.get('switch-traffic')?.endedAt;
  if (calledAt === undefined || movedAt === undefined) {
    return { rpo_s: null, how: `not bounded: ${plan.from} answered, and was not seen to stop writing` };
  }
  return {
    rpo_s: measured.rpo_s + (Date.parse(movedAt) - Date.parse(calledAt)) / 1000,
    how: `${measured.how}, plus the time until users were led away: ${plan.from} answered, and was not seen to stop writing`,
  };
}

/** Workers that may still run at home, and so whatever waits in home's queues; and those that run nowhere. */
function workersLeft(operation: Operation): string[] {
  const step = operation.steps.get('switch-workers');
  if (step?.outcome === 'unconfirmed' && step.data === undefined) return [`workers: ${step.detail}`];
  const { stranded, idle } = resultOf(operation, switchWorkers) ?? { stranded: [], idle: [] };
  return [
    ...idle.map(({ worker, why }) => `not working in ${operation.plan.to}: ${worker} (${why})`),
    ...stranded.map(({ worker, why }) => `stranded at home: ${worker} (${why})`),
  ];
}

const say = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
