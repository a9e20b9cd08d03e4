import {
  DescribeExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { kindOf } from '../../core/kinds.ts';
import { clientSettings, NEEDED } from './clients.ts';
import type { Environment } from './environment.ts';
import { failureOf } from './errors.ts';

const stepFunctions = (environment: Environment): SFNClient =>
  new SFNClient(clientSettings(environment.region, NEEDED));

/** Wakes the waiting state. Best effort: the state looks into the ledger itself every 30 s. */
export async function wake(environment: Environment, token: string): Promise<void> {
  try {
    await stepFunctions(environment).send(new SendTaskSuccessCommand({ taskToken: token, output: '{}' }));
  } catch (error) {
    // The state has moved on (TaskTimedOut, TaskDoesNotExist), or Step Functions does not answer: both look again anyway.
    console.log(JSON.stringify({ wake: failureOf(error) }));
  }
}

/** An execution as Step Functions tells it, up to some seconds old. `MISSING`: there never was one of that name. */
export interface ExecutionSeen {
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'MISSING';
  readonly cause: string | undefined;
}

const ENDED = ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const;

/** The execution behind an operation. DescribeExecution is eventually consistent: it may still say RUNNING. */
export async function describeMachine(environment: Environment, operation: string): Promise<ExecutionSeen> {
  try {
    const found = await stepFunctions(environment).send(
      new DescribeExecutionCommand({ executionArn: executionArn(environment, operation) }),
    );
    const cause = [found.error, found.cause].filter((word) => word !== undefined && word !== '').join(': ');
    return { status: ENDED.find((status) => status === found.status) ?? 'RUNNING', cause: cause || undefined };
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind === 'refused' && failure.code === 'ExecutionDoesNotExist') {
      return { status: 'MISSING', cause: undefined };
    }
    throw error;
  }
}

/** The state machine of the operation's kind. Throws for what is no operation's id. */
function machineArn(environment: Environment, operation: string): string {
  const kind = kindOf(operation);
  if (kind === undefined) throw new Error(`${operation} is the name of no kind of operation`);
  return `${environment.machines}-${kind}`;
}

const executionArn = (environment: Environment, operation: string): string =>
  `${machineArn(environment, operation).replace(':stateMachine:', ':execution:')}:${operation}`;

/**
 * Starts the state machine, named after the operation: starting twice is one execution. `ExecutionAlreadyExists` also
 * names a closed one: it is described before it is believed.
 */
export async function startMachine(
  environment: Environment,
  operation: string,
): Promise<'started' | 'running' | 'closed'> {
  const sfn = stepFunctions(environment);
  try {
    await sfn.send(
      new StartExecutionCommand({
        stateMachineArn: machineArn(environment, operation),
        name: operation,
        input: JSON.stringify({ operation }),
      }),
    );
    return 'started';
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind !== 'refused' || failure.code !== 'ExecutionAlreadyExists') throw error;
    const found = await sfn.send(new DescribeExecutionCommand({ executionArn: executionArn(environment, operation) }));
    return found.status === 'RUNNING' ? 'running' : 'closed';
  }
}
