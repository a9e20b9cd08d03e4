import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { AwsError, type Call } from '../../../simulator/aws/service.ts';
import { VirtualClock } from '../../../simulator/clock.ts';
import { seeded } from '../../../simulator/random.ts';
import type { LambdaOutcome } from '../../../simulator/stepfunctions/line.ts';
import { createStepFunctions, type ExecutionReport } from '../../../simulator/stepfunctions/stepfunctions.ts';
import type { StatusChangeEvent } from '../../../simulator/stepfunctions/view.ts';
import './schemas-once.ts';

export const REGION = 'eu-central-1';
export const ACCOUNT = '111122223333';
export const START_MS = Date.parse('2026-11-20T23:14:00Z');
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/machine`;
export const INVOKE = 'arn:aws:states:::lambda:invoke';
export const CALLBACK = `${INVOKE}.waitForTaskToken`;

interface Invocation {
  readonly region: string;
  readonly functionName: string;
  // biome-ignore lint/suspicious/noExplicitAny: payloads are whatever the machine under test sends.
  readonly payload: any;
  readonly at_ms: number;
}

export type Lambda = (invocation: Invocation) => LambdaOutcome | Promise<LambdaOutcome>;

export const ok = (payload: unknown): LambdaOutcome => ({ ok: true, payload });
export const failed = (error: string, cause = ''): LambdaOutcome => ({ ok: false, error, cause });

/** A clock, a Step Functions service and one function of the test's making behind every name. */
export function world(lambda: Lambda = () => ok(null), seed = 'stepfunctions') {
  const clock = new VirtualClock(START_MS);
  const random = seeded(seed);
  const invocations: Invocation[] = [];
  const events: StatusChangeEvent[] = [];
  const down = new Set<string>();
  const environment = {
    regionServes: (region: string) => !down.has(region),
    duration_ms: (_name: string, low_ms: number) => low_ms,
  };
  const sfn = createStepFunctions({
    clock,
    random,
    environment,
    accountId: ACCOUNT,
    invokeLambda: async (region, functionName, payload) => {
      const invocation = { region, functionName, payload, at_ms: clock.now_ms() };
      invocations.push(invocation);
      return lambda(invocation);
    },
    onStatusChange: (event) => events.push(event),
  });
  // biome-ignore lint/suspicious/noExplicitAny: one entrance for operations of every input and output type.
  const call = (operation: string, input: object, region = REGION): any => {
    const caller = { name: 'person:ana', region: undefined };
    const context: Call = { clock, random, accountId: ACCOUNT, region, caller };
    const fn = sfn.service.operations[operation];
    if (!fn) throw new Error(`no operation ${operation}`);
    return fn(input, context);
  };
  const create = (definition: object, name = 'machine'): string =>
    sfn.seed(REGION, { name, definition: JSON.stringify(definition), roleArn: ROLE });
  const start = (definition: object, input: unknown = {}, name = 'run'): string =>
    call('StartExecution', { stateMachineArn: create(definition), name, input: JSON.stringify(input) }).executionArn;
  const report = (arn: string): ExecutionReport => {
    const found = sfn.executions(REGION).find((execution) => execution.arn === arn);
    if (!found) throw new Error(`no execution ${arn}`);
    return found;
  };
  const over = (arn: string): boolean => report(arn).stopped_ms !== undefined;
  const settle = async (arn: string, limit_ms = 10 * 365 * 86_400_000): Promise<ExecutionReport> => {
    await clock.run({ until: () => over(arn), limit_ms: START_MS + limit_ms });
    return report(arn);
  };
  /** Brings time to `time_ms` after the world's start. */
  const at = async (time_ms: number): Promise<void> => {
    let reached = false;
    clock.after(START_MS + time_ms - clock.now_ms(), () => {
      reached = true;
    });
    await clock.run({ until: () => reached, limit_ms: START_MS + time_ms });
  };
  return { clock, call, create, start, report, settle, at, invocations, events, down, sfn };
}

export type World = ReturnType<typeof world>;

/** Runs one machine to its end. */
export async function execute(definition: object, input: unknown = {}, lambda?: Lambda): Promise<ExecutionReport> {
  const made = world(lambda);
  return made.settle(made.start(definition, input));
}

export async function outputOf(definition: object, input: unknown = {}, lambda?: Lambda): Promise<unknown> {
  const report = await execute(definition, input, lambda);
  if (report.output === undefined) throw new Error(`${report.status}: ${report.error} ${report.cause}`);
  return JSON.parse(report.output);
}

/** A machine of one state. */
export function only(state: object): object {
  return { StartAt: 'S', States: { S: state } };
}

export function types(events: readonly HistoryEvent[]): readonly string[] {
  return events.map((event) => `${event.id} ${event.previousEventId} ${event.type}`);
}

/** The AwsError's code that `work` throws. */
export function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof AwsError) return error.code;
    throw error;
  }
  return 'no error';
}
