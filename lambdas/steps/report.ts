import { newestFence } from '../../core/fence.ts';
import type { OperationOutcome, Report } from '../../core/ledger.ts';
import { type HomeLook, reportedLoss } from '../../core/loss.ts';
import type { Operation } from '../../core/operation.ts';
import type { StepInput, StepResult } from '../../core/protocol.ts';
import { preflight } from '../../core/steps/preflight.ts';
import { type PromotedData, promoteDatabase } from '../../core/steps/promote-database.ts';
import { resultOf } from '../../core/steps/result.ts';
import { switchWorkers } from '../../core/steps/switch-workers.ts';
import { verify } from '../../core/steps/verify.ts';
import { known, unknown } from '../../core/topology.ts';
import { loadOperation } from '../adapters/ledger.ts';
import { lookAtHome } from '../observe.ts';
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
  const end = { ...verdictOf(operation), report: makeReport(operation, await homeNow(operation, world)) };
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

/** The last look, where the bound rests on home's silence since the plan was made. */
async function homeNow(operation: Operation, { config }: StepWorld): Promise<HomeLook> {
  const app = config.applications[operation.application];
  if (app === undefined || (resultOf(operation, preflight)?.silentSince ?? null) === null) return 'not-asked';
  const { verdict } = await lookAtHome(app);
  return verdict === 'lost' ? 'silent' : 'answered';
}

/** Pure: the operation, as the ledger has it, in figures. What was not measured says so. */
export function makeReport(operation: Operation, homeNow: HomeLook): Report {
  const database = resultOf(operation, promoteDatabase);
  const loss = lossOf(operation, database, homeNow);
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

/** What was lost at most. Where it rests on home's silence, home is silent to this moment, too. */
function lossOf(
  operation: Operation,
  database: PromotedData | undefined,
  homeNow: HomeLook,
): { readonly rpo_s: number | null; readonly how: string } {
  const { plan, facts } = operation;
  if (plan.database.method === 'none') return { rpo_s: 0, how: 'no database' };
  if (database === undefined) return { rpo_s: null, how: 'not measured' };
  if (database.by === 'switchover') return { rpo_s: 0, how: 'a switchover waits until everything is copied' };
  const { copiedUntil: copied } = database;
  const fence = newestFence(operation);
  const before = resultOf(operation, preflight)?.silentSince ?? undefined;
  const isSilent = homeNow === 'silent' && (fence === undefined || fence.fence === 'unreachable');
  // A data point that is newer than its silence was sent by a home that was back meanwhile.
  const wasBack = before !== undefined && copied !== null && copied > before;
  return reportedLoss({
    from: plan.from,
    copied: copied === null ? unknown(database.why) : known(copied),
    silentSince: isSilent && !wasBack ? before : undefined,
    fencedAt: fence?.fence === 'fenced' ? fence.at : undefined,
    writesAcross: facts.writesAcross ?? undefined,
  });
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
