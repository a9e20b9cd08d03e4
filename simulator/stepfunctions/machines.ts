import type {
  CreateStateMachineInput,
  CreateStateMachineOutput,
  DescribeStateMachineForExecutionInput,
  DescribeStateMachineForExecutionOutput,
  DescribeStateMachineInput,
  DescribeStateMachineOutput,
  ListStateMachinesInput,
  ListStateMachinesOutput,
  UpdateStateMachineInput,
  UpdateStateMachineOutput,
} from '@aws-sdk/client-sfn';
import { AwsError, type Call, type Operation } from '../aws/service.ts';
import { checkArn, page, required } from './checks.ts';
import type { Region } from './region.ts';

/** The operations on state machines. */
export function machineOperations(regionOf: (name: string) => Region): Readonly<Record<string, Operation>> {
  return {
    CreateStateMachine: (input: CreateStateMachineInput, call: Call): CreateStateMachineOutput => {
      refuse(input, [
        'publish',
        'versionDescription',
        'encryptionConfiguration',
        'loggingConfiguration',
        'tracingConfiguration',
      ]);
      if (input.type === 'EXPRESS') throw notImplemented('Express workflows');
      const machine = regionOf(call.region).create({
        name: required(input.name, 'name'),
        definition: required(input.definition, 'definition'),
        roleArn: required(input.roleArn, 'roleArn'),
      });
      return { stateMachineArn: machine.arn, creationDate: new Date(machine.created_ms) };
    },

    UpdateStateMachine: (input: UpdateStateMachineInput, call: Call): UpdateStateMachineOutput => {
      refuse(input, [
        'publish',
        'versionDescription',
        'encryptionConfiguration',
        'loggingConfiguration',
        'tracingConfiguration',
      ]);
      const region = regionOf(call.region);
      const machine = region.machine(checkArn(input.stateMachineArn, 'stateMachineArn', 'stateMachine'));
      if (input.definition === undefined && input.roleArn === undefined) {
        throw new AwsError(
          'MissingRequiredParameter',
          'Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified',
        );
      }
      region.update(machine, { definition: input.definition, roleArn: input.roleArn });
      const { updated_ms, revisionId } = machine.revision;
      return { updateDate: new Date(updated_ms), revisionId };
    },

    DescribeStateMachine: (input: DescribeStateMachineInput, call: Call): DescribeStateMachineOutput => {
      refuse(input, ['includedData']);
      const arn = checkArn(input.stateMachineArn, 'stateMachineArn', 'stateMachine');
      const { name, created_ms, revision } = regionOf(call.region).machine(arn);
      return {
        stateMachineArn: arn,
        name,
        status: 'ACTIVE',
        definition: revision.text,
        roleArn: revision.roleArn,
        type: 'STANDARD',
        creationDate: new Date(created_ms),
        loggingConfiguration: { level: 'OFF', includeExecutionData: false },
        tracingConfiguration: { enabled: false },
        // A machine that was never updated has no revision id: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html
        ...(revision.updated_ms === created_ms ? {} : { revisionId: revision.revisionId }),
      };
    },

    DescribeStateMachineForExecution: (
      input: DescribeStateMachineForExecutionInput,
      call: Call,
    ): DescribeStateMachineForExecutionOutput => {
      refuse(input, ['includedData']);
      const arn = checkArn(input.executionArn, 'executionArn', 'execution');
      const { revision } = regionOf(call.region).execution(arn);
      return {
        stateMachineArn: revision.stateMachineArn,
        name: revision.name,
        definition: revision.text,
        roleArn: revision.roleArn,
        updateDate: new Date(revision.updated_ms),
        loggingConfiguration: { level: 'OFF', includeExecutionData: false },
        tracingConfiguration: { enabled: false },
        revisionId: revision.revisionId,
      };
    },

    ListStateMachines: (input: ListStateMachinesInput, call: Call): ListStateMachinesOutput => {
      const { items, nextToken } = page([...regionOf(call.region).machines.values()], input, 'state-machines');
      const stateMachines = items.map((machine) => ({
        stateMachineArn: machine.arn,
        name: machine.name,
        type: 'STANDARD' as const,
        creationDate: new Date(machine.created_ms),
      }));
      return { stateMachines, ...(nextToken === undefined ? {} : { nextToken }) };
    },
  };
}

function notImplemented(what: string): AwsError {
  return new AwsError('NotImplemented', `${what}: not simulated`);
}

/** Members that would change what happens and are not simulated. */
export function refuse(input: object, members: readonly string[]): void {
  const given = members.find((member) => Reflect.get(input, member) !== undefined);
  if (given !== undefined) throw notImplemented(`The member ${given}`);
}
