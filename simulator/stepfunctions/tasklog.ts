import { WHOLE } from './history.ts';
import type { Json } from './json.ts';
import { type Line, record } from './line.ts';
import type { Integration } from './resource.ts';

/** The history events of a task: a function's own ARN and `lambda:invoke` write different ones. */
export interface TaskLog {
  scheduled(parameters: Json, timeout_s: number | undefined, heartbeat_s: number | undefined): void;
  started(): void;
  submitted(output: string): void;
  succeeded(output: string): void;
  failed(error: string | undefined, cause: string | undefined): void;
  timedOut(): void;
}

export function taskLog(line: Line, resource: string, kind: Integration): TaskLog {
  return kind === 'lambda-arn' ? functionLog(line, resource) : serviceLog(line, resource.split(':').at(-1) ?? '');
}

function serviceLog(line: Line, resource: string): TaskLog {
  const task = { resourceType: 'lambda', resource };
  return {
    scheduled: (parameters, timeout_s, heartbeat_s) => {
      record(line, 'TaskScheduled', {
        taskScheduledEventDetails: {
          ...task,
          region: line.run.region,
          parameters: JSON.stringify(parameters),
          ...(timeout_s === undefined ? {} : { timeoutInSeconds: timeout_s }),
          ...(heartbeat_s === undefined ? {} : { heartbeatInSeconds: heartbeat_s }),
        },
      });
    },
    started: () => {
      record(line, 'TaskStarted', { taskStartedEventDetails: task });
    },
    submitted: (output) => {
      record(line, 'TaskSubmitted', { taskSubmittedEventDetails: { ...task, output, outputDetails: WHOLE } });
    },
    succeeded: (output) => {
      record(line, 'TaskSucceeded', { taskSucceededEventDetails: { ...task, output, outputDetails: WHOLE } });
    },
    failed: (error, cause) => {
      record(line, 'TaskFailed', { taskFailedEventDetails: { ...task, ...named(error, cause) } });
    },
    timedOut: () => {
      record(line, 'TaskTimedOut', { taskTimedOutEventDetails: { ...task, error: 'States.Timeout' } });
    },
  };
}

function functionLog(line: Line, resource: string): TaskLog {
  return {
    scheduled: (parameters, timeout_s) => {
      const input = { input: JSON.stringify(parameters), inputDetails: WHOLE };
      const limit = timeout_s === undefined ? {} : { timeoutInSeconds: timeout_s };
      record(line, 'LambdaFunctionScheduled', {
        lambdaFunctionScheduledEventDetails: { resource, ...input, ...limit },
      });
    },
    started: () => {
      record(line, 'LambdaFunctionStarted');
    },
    submitted: () => {
      throw new Error('A function by its ARN has no callback');
    },
    succeeded: (output) => {
      record(line, 'LambdaFunctionSucceeded', {
        lambdaFunctionSucceededEventDetails: { output, outputDetails: WHOLE },
      });
    },
    failed: (error, cause) => {
      record(line, 'LambdaFunctionFailed', { lambdaFunctionFailedEventDetails: named(error, cause) });
    },
    timedOut: () => {
      record(line, 'LambdaFunctionTimedOut', { lambdaFunctionTimedOutEventDetails: { error: 'States.Timeout' } });
    },
  };
}

/** Absent members rather than undefined ones. */
export function named(error: string | undefined, cause: string | undefined): { error?: string; cause?: string } {
  return { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
}
