import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  CfnEventInvokeConfig,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionSpec } from '../../core/functions.ts';
import { type DeploymentTarget, functionName, logGroupName } from '../deployment-target.ts';
import type { Grant } from '../grants/grant.ts';
import { bundleCode } from './code.ts';
import { roleFor } from './policy.ts';

export interface MusterFunctionProps {
  readonly deployment: DeploymentTarget;
  readonly spec: FunctionSpec;
  readonly grants: readonly Grant[];
  /** Where roles of other accounts trust it by its name. */
  readonly roleName?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Where an asynchronous event goes that Lambda gave up on; undefined: the function gets none. */
  readonly givenUpTo?: string;
  /** Called so often that Lambda's own lines about each call would cost more than the calls. */
  readonly quiet?: boolean;
}

/** A line of core/functions.ts as a Lambda function: its own role, its own log group, its bundle. */
export class MusterFunction extends Construct {
  readonly lambda: LambdaFunction;

  constructor(scope: Construct, id: string, props: MusterFunctionProps) {
    super(scope, id);
    const { deployment, spec } = props;
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: logGroupName(deployment, spec.name),
      // Long enough for the review after an incident; the ledger and its archive keep what matters for longer.
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.lambda = new LambdaFunction(this, 'Function', {
      functionName: functionName(deployment, spec.name),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: bundleCode(spec.bundle),
      role: roleFor(this, 'Role', new ServicePrincipal('lambda.amazonaws.com'), props.grants, props.roleName),
      timeout: Duration.seconds(spec.timeout_s),
      memorySize: spec.memory_mb,
      logGroup,
      ...(props.quiet === true ? { loggingFormat: LoggingFormat.JSON, systemLogLevelV2: SystemLogLevel.WARN } : {}),
      environment: { ...props.environment, ...spec.environment },
      ...(spec.reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: spec.reservedConcurrency }),
    });
    if (props.givenUpTo === undefined) return;
    // Without it Lambda tries twice more, for up to six hours (Lambda developer guide, "Asynchronous invocation").
    new CfnEventInvokeConfig(this, 'Events', {
      functionName: this.lambda.functionName,
      qualifier: '$LATEST',
      maximumRetryAttempts: spec.retries,
      maximumEventAgeInSeconds: spec.maximumAge_s,
      destinationConfig: { onFailure: { destination: props.givenUpTo } },
    });
  }
}
