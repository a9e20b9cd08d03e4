import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RemovalPolicy } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { OperationKind } from '../../core/kinds.ts';
import { type DeploymentTarget, machineName } from '../deployment-target.ts';
import { machineGrants } from '../grants.ts';
import { acknowledge } from './acknowledge.ts';
import { roleFor } from './policy.ts';

/** A committed state machine, as statemachines/*.ts compiled it. */
export class MusterMachine extends Construct {
  readonly kind: OperationKind;
  readonly machine: CfnStateMachine;

  constructor(scope: Construct, id: string, deployment: DeploymentTarget, name: OperationKind) {
    super(scope, id);
    this.kind = name;
    const definition = readDefinition(name);
    const logs = new LogGroup(this, 'Logs', {
      // Names that begin so need no resource policy of their own, whose size is limited (Step Functions, "Logging").
      logGroupName: `/aws/vendedlogs/states/${machineName(deployment, name)}`,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = roleFor(
      this,
      'Role',
      new ServicePrincipal('states.amazonaws.com'),
      machineGrants(deployment, functionsOf(definition)),
    );
    this.machine = new CfnStateMachine(this, 'Machine', {
      stateMachineName: machineName(deployment, name),
      stateMachineType: 'STANDARD',
      roleArn: role.roleArn,
      definitionString: definition,
      definitionSubstitutions: { Prefix: deployment.prefix },
      loggingConfiguration: {
        level: 'ALL',
        // A task token in a log could approve: what travels is in the ledger anyway.
        includeExecutionData: false,
        destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: logs.logGroupArn } }],
      },
    });
    acknowledge(
      this.machine,
      'AwsSolutions-SF2',
      'The ledger is the trace: every step writes there what it did and when.',
    );
  }
}

function readDefinition(name: string): string {
  const file = fileURLToPath(new URL(`../../statemachines/${name}.asl.json`, import.meta.url));
  return JSON.stringify(JSON.parse(readFileSync(file, 'utf8')));
}

/** The functions that a definition calls, without the prefix that the deployment fills in. */
export function functionsOf(definition: string): readonly string[] {
  const found = [...definition.matchAll(/"FunctionName":"\$\{Prefix\}-([a-z0-9-]+)"/g)].map((match) => match[1] ?? '');
  return [...new Set(found)].sort();
}
