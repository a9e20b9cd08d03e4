import type { ExecutionStatus, HistoryEvent } from '@aws-sdk/client-sfn';
import * as schemas from '@aws-sdk/client-sfn';
import type { Service } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import type { Environment } from '../environment.ts';
import type { Random } from '../random.ts';
import { executionOperations } from './executions.ts';
import type { InvokeLambda } from './line.ts';
import { machineOperations } from './machines.ts';
import { Region } from './region.ts';
import { type StatusChangeEvent, statusChange } from './view.ts';

interface StepFunctionsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: Environment;
  readonly accountId: string;
  /** A rejection is a defect of the simulator, not an error of the function: no Catch applies. */
  readonly invokeLambda: InvokeLambda;
  /** Delivery is best effort on AWS: the listener may drop, delay or repeat events. */
  readonly onStatusChange?: (event: StatusChangeEvent) => void;
}

interface Seed {
  readonly name: string;
  readonly definition: string;
  readonly roleArn: string;
}

/** The current state, without the lag of the API's reads. */
export interface ExecutionReport {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineName: string;
  readonly status: ExecutionStatus;
  readonly started_ms: number;
  readonly stopped_ms: number | undefined;
  /** The states it is in, outermost first. */
  readonly states: readonly string[];
  readonly input: string;
  readonly output: string | undefined;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  readonly events: readonly HistoryEvent[];
}

export interface StepFunctions {
  readonly service: Service;
  /** Creates a state machine as CreateStateMachine does, with the same refusals, and answers its ARN. */
  readonly seed: (region: string, seed: Seed) => string;
  readonly executions: (region: string) => readonly ExecutionReport[];
}

/** Standard workflows, a state machine interpreter against the virtual clock. */
export function createStepFunctions(options: StepFunctionsOptions): StepFunctions {
  const regions = new Map<string, Region>();
  const random = options.random.split('stepfunctions');
  const regionOf = (name: string): Region => {
    const known = regions.get(name);
    if (known) return known;
    const draws = random.split(name);
    const region: Region = new Region({
      region: name,
      accountId: options.accountId,
      clock: options.clock,
      environment: options.environment,
      invokeLambda: options.invokeLambda,
      random: draws,
      onStatus: (execution) => options.onStatusChange?.(statusChange(execution, draws.uuid(), options.accountId, name)),
    });
    regions.set(name, region);
    return region;
  };
  return {
    service: { id: 'sfn', schemas, operations: { ...machineOperations(regionOf), ...executionOperations(regionOf) } },
    seed: (region, seed) => regionOf(region).create(seed).arn,
    executions: (region) =>
      [...regionOf(region).executions.values()].map((execution) => ({
        arn: execution.arn,
        name: execution.name,
        stateMachineName: execution.revision.name,
        status: execution.status,
        started_ms: execution.started_ms,
        stopped_ms: execution.stopped_ms,
        states: execution.states,
        input: execution.input,
        output: execution.output,
        error: execution.error,
        cause: execution.cause,
        events: execution.history.events,
      })),
  };
}
