import type {
  DescribeExecutionInput,
  DescribeExecutionOutput,
  GetExecutionHistoryInput,
  GetExecutionHistoryOutput,
  HistoryEvent,
  ListExecutionsInput,
  ListExecutionsOutput,
  SendTaskFailureInput,
  SendTaskFailureOutput,
  SendTaskHeartbeatInput,
  SendTaskHeartbeatOutput,
  SendTaskSuccessInput,
  SendTaskSuccessOutput,
  StartExecutionInput,
  StartExecutionOutput,
  StopExecutionInput,
  StopExecutionOutput,
} from '@aws-sdk/client-sfn';
import { AwsError, type Call, type Operation } from '../aws/service.ts';
import { checkArn, checkInput, checkLength, invalid, page, required } from './checks.ts';
import { type Json, MAX_PAYLOAD_BYTES, parseJson } from './json.ts';
import { refuse } from './machines.ts';
import type { Region } from './region.ts';
import { describe, listItem } from './view.ts';

const STATUSES = ['SUCCEEDED', 'TIMED_OUT', 'PENDING_REDRIVE', 'ABORTED', 'FAILED', 'RUNNING'];

/** The operations on executions and their tasks. */
export function executionOperations(regionOf: (name: string) => Region): Readonly<Record<string, Operation>> {
  return {
    StartExecution: (request: StartExecutionInput, call: Call): StartExecutionOutput => {
      const region = regionOf(call.region);
      const arn = checkArn(request.stateMachineArn, 'stateMachineArn', 'stateMachine');
      const input = request.input ?? '{}';
      checkInput(input);
      const execution = region.start(region.machine(arn), request.name, input);
      return { executionArn: execution.arn, startDate: new Date(execution.started_ms) };
    },

    StopExecution: (input: StopExecutionInput, call: Call): StopExecutionOutput => {
      checkError(input.error, input.cause);
      const region = regionOf(call.region);
      const execution = region.execution(checkArn(input.executionArn, 'executionArn', 'execution'));
      execution.abort(input.error, input.cause);
      return { stopDate: new Date(execution.stopped_ms ?? region.now_ms) };
    },

    DescribeExecution: (input: DescribeExecutionInput, call: Call): DescribeExecutionOutput => {
      refuse(input, ['includedData']);
      const region = regionOf(call.region);
      return describe(region.execution(checkArn(input.executionArn, 'executionArn', 'execution')), region.now_ms);
    },

    ListExecutions: (input: ListExecutionsInput, call: Call): ListExecutionsOutput =>
      listExecutions(input, regionOf(call.region)),

    GetExecutionHistory: (input: GetExecutionHistoryInput, call: Call): GetExecutionHistoryOutput => {
      const arn = checkArn(input.executionArn, 'executionArn', 'execution');
      const { events } = regionOf(call.region).execution(arn).history;
      const ordered = input.reverseOrder === true ? events.toReversed() : events;
      const { items, nextToken } = page(ordered, input, `history ${arn} ${input.reverseOrder === true}`);
      const shown = input.includeExecutionData === false ? items.map(withoutData) : items;
      return { events: [...shown], ...(nextToken === undefined ? {} : { nextToken }) };
    },

    SendTaskSuccess: (input: SendTaskSuccessInput, call: Call): SendTaskSuccessOutput => {
      const text = required(input.output, 'output');
      checkLength(text, 'output', MAX_PAYLOAD_BYTES);
      const output = taskOutput(text);
      regionOf(call.region).tokens.holder(input.taskToken).answer({ kind: 'success', output });
      return {};
    },

    SendTaskFailure: (input: SendTaskFailureInput, call: Call): SendTaskFailureOutput => {
      checkError(input.error, input.cause);
      const holder = regionOf(call.region).tokens.holder(input.taskToken);
      holder.answer({ kind: 'failure', error: input.error, cause: input.cause });
      return {};
    },

    SendTaskHeartbeat: (input: SendTaskHeartbeatInput, call: Call): SendTaskHeartbeatOutput => {
      regionOf(call.region).tokens.holder(input.taskToken).heartbeat();
      return {};
    },
  };
}

function listExecutions(input: ListExecutionsInput, region: Region): ListExecutionsOutput {
  refuse(input, ['mapRunArn', 'redriveFilter']);
  const { statusFilter } = input;
  if (statusFilter !== undefined && !STATUSES.includes(statusFilter)) {
    const set = `[${STATUSES.join(', ')}]`;
    throw invalid(
      `Value '${statusFilter}' at 'statusFilter' failed to satisfy constraint: Member must satisfy enum value set: ${set}`,
    );
  }
  const machine = region.machine(checkArn(input.stateMachineArn, 'stateMachineArn', 'stateMachine'));
  // Newest first, and eventually consistent: what has just started is not listed yet.
  const found = [...region.executions.values()]
    .filter((execution) => execution.revision.stateMachineArn === machine.arn)
    .filter((execution) => region.now_ms >= execution.started_ms + execution.lag_ms)
    .map((execution) => listItem(execution, region.now_ms))
    .filter((item) => statusFilter === undefined || item.status === statusFilter)
    .reverse();
  const { items, nextToken } = page(found, input, `executions ${machine.arn} ${statusFilter ?? ''}`);
  return { executions: [...items], ...(nextToken === undefined ? {} : { nextToken }) };
}

/** Bounds of https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html */
function checkError(error: string | undefined, cause: string | undefined): void {
  if (error !== undefined) checkLength(error, 'error', 256);
  if (cause !== undefined) checkLength(cause, 'cause', 32_768);
}

function taskOutput(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    throw new AwsError('InvalidOutput', `Invalid Output: '${(error as Error).message}'`);
  }
}

const DATA = ['input', 'inputDetails', 'output', 'outputDetails'];

/** includeExecutionData: false leaves out what the states handled. */
function withoutData(event: HistoryEvent): HistoryEvent {
  const stripped = Object.entries(event).map(([name, details]: [string, unknown]) => {
    if (!name.endsWith('EventDetails') || typeof details !== 'object' || details === null) return [name, details];
    return [name, Object.fromEntries(Object.entries(details).filter(([member]) => !DATA.includes(member)))];
  });
  return Object.fromEntries(stripped) as HistoryEvent;
}
