import type { DescribeExecutionOutput, ExecutionListItem, ExecutionStatus } from '@aws-sdk/client-sfn';
import type { Execution } from './execution.ts';
import { named } from './tasklog.ts';

/** Status-change events as EventBridge delivers them: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
export interface StatusChangeEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': 'Step Functions Execution Status Change';
  readonly source: 'aws.states';
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: {
    readonly executionArn: string;
    readonly stateMachineArn: string;
    readonly name: string;
    readonly status: ExecutionStatus;
    /** Milliseconds since the Unix epoch, unlike `time`. */
    readonly startDate: number;
    readonly stopDate: number | null;
    readonly input: string;
    readonly output: string | null;
    readonly inputDetails: { readonly included: true };
    readonly outputDetails: { readonly included: true } | null;
    readonly error: string | null;
    readonly cause: string | null;
    readonly stateMachineVersionArn: null;
    readonly stateMachineAliasArn: null;
    readonly redriveCount: 0;
    readonly redriveDate: null;
    readonly redriveStatus: 'REDRIVABLE' | 'NOT_REDRIVABLE';
    readonly redriveStatusReason: string | null;
  };
}

export function statusChange(execution: Execution, id: string, account: string, region: string): StatusChangeEvent {
  const { status, arn, revision, output, error, cause, stopped_ms, started_ms } = execution;
  return {
    version: '0',
    id,
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    account,
    time: new Date(stopped_ms ?? started_ms).toISOString().replace(/\.\d+Z$/, 'Z'),
    region,
    resources: [arn],
    detail: {
      executionArn: arn,
      stateMachineArn: revision.stateMachineArn,
      name: execution.name,
      status,
      startDate: Math.round(started_ms),
      stopDate: stopped_ms === undefined ? null : Math.round(stopped_ms),
      input: execution.input,
      output: output ?? null,
      inputDetails: { included: true },
      outputDetails: output === undefined ? null : { included: true },
      error: error ?? null,
      cause: cause ?? null,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveCount: 0,
      redriveDate: null,
      redriveStatus: redrivable(status) ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
      redriveStatusReason: redrivable(status) ? null : redriveReason(status),
    },
  };
}

function redrivable(status: ExecutionStatus): boolean {
  return status === 'FAILED' || status === 'ABORTED' || status === 'TIMED_OUT';
}

function redriveReason(status: ExecutionStatus): string {
  return `Execution is ${status} and cannot be redriven`;
}

/** Whether a reader at this moment already sees that the execution has ended. */
function seesEnd(execution: Execution, now_ms: number): boolean {
  return execution.stopped_ms !== undefined && now_ms >= execution.stopped_ms + execution.lag_ms;
}

/** The status as an eventually consistent read sees it. */
function seenStatus(execution: Execution, now_ms: number): ExecutionStatus {
  return seesEnd(execution, now_ms) ? execution.status : 'RUNNING';
}

export function describe(execution: Execution, now_ms: number): DescribeExecutionOutput {
  const status = seenStatus(execution, now_ms);
  const { output, stopped_ms } = execution;
  const ended = seesEnd(execution, now_ms) && stopped_ms !== undefined;
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.revision.stateMachineArn,
    name: execution.name,
    status,
    startDate: new Date(execution.started_ms),
    input: execution.input,
    inputDetails: { included: true },
    redriveCount: 0,
    redriveStatus: redrivable(status) ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
    ...(redrivable(status) ? {} : { redriveStatusReason: redriveReason(status) }),
    ...(ended ? { stopDate: new Date(stopped_ms), ...named(execution.error, execution.cause) } : {}),
    ...(ended && output !== undefined ? { output, outputDetails: { included: true } } : {}),
  };
}

export function listItem(execution: Execution, now_ms: number): ExecutionListItem {
  const { stopped_ms } = execution;
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.revision.stateMachineArn,
    name: execution.name,
    status: seenStatus(execution, now_ms),
    startDate: new Date(execution.started_ms),
    redriveCount: 0,
    ...(seesEnd(execution, now_ms) && stopped_ms !== undefined ? { stopDate: new Date(stopped_ms) } : {}),
  };
}
