import * as v from 'valibot';
import type { WorkerConfig } from '../config/schema.ts';
import { assertNever } from '../reasons.ts';
import { changes, nothing, type StepDefinition, USUAL } from './definition.ts';

export interface WorkerLeft {
  readonly worker: string;
  readonly why: string;
}

const Left = v.array(v.object({ worker: v.string(), why: v.string() }));

/** Workers that may still run at home, and those that run nowhere. */
export interface WorkersData {
  readonly stranded: readonly WorkerLeft[];
  readonly idle: readonly WorkerLeft[];
}

export const switchWorkers: StepDefinition<'switch-workers', WorkersData> = {
  ...USUAL,
  id: 'switch-workers',
  title: 'Start the workers',
  comment: 'Starts in the standby region the workers that must run once only.',
  side: 'to',
  rights: ['switch-workers:from', 'switch-workers:to'],
  data: v.object({ stranded: v.optional(Left, []), idle: v.optional(Left, []) }),
  describe: (plan, app) => {
    const calls = new Set(app.workers.flatMap(({ kind }) => callsOf(kind)));
    return calls.size === 0
      ? nothing('the application has no workers')
      : changes(plan.to, [...calls], 'on in the standby, off at home (best effort)');
  },
};

function callsOf(kind: WorkerConfig['kind']): readonly string[] {
  switch (kind) {
    case 'eventbridge-rule':
      return ['events:EnableRule', 'events:DisableRule'];
    case 'schedule':
      return ['scheduler:UpdateSchedule'];
    case 'event-source-mapping':
      return ['lambda:UpdateEventSourceMapping'];
    default:
      return assertNever(kind);
  }
}
