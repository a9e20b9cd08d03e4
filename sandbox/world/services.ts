import type { Identities } from '../../simulator/aws/identities.ts';
import { createApplicationAutoScaling } from '../../simulator/aws/services/application-auto-scaling/application-auto-scaling.ts';
import { createAutoScaling } from '../../simulator/aws/services/auto-scaling/auto-scaling.ts';
import { createCloudWatch } from '../../simulator/aws/services/cloudwatch/cloudwatch.ts';
import { createDynamoDb, type DynamoDbOptions } from '../../simulator/aws/services/dynamodb.ts';
import { createEc2 } from '../../simulator/aws/services/ec2/ec2.ts';
import { createEcs } from '../../simulator/aws/services/ecs/ecs.ts';
import { createElb } from '../../simulator/aws/services/elastic-load-balancing-v2/elastic-load-balancing-v2.ts';
import { createEventBridge } from '../../simulator/aws/services/eventbridge/eventbridge.ts';
import { createKms } from '../../simulator/aws/services/kms.ts';
import { createRds } from '../../simulator/aws/services/rds/rds.ts';
import { createS3 } from '../../simulator/aws/services/s3/s3.ts';
import { createScheduler } from '../../simulator/aws/services/scheduler/scheduler.ts';
import { createSecretsManager } from '../../simulator/aws/services/secrets-manager.ts';
import { createSns } from '../../simulator/aws/services/sns/sns.ts';
import { createSts } from '../../simulator/aws/services/sts.ts';
import type { Clock } from '../../simulator/clock.ts';
import type { WorldEnvironment } from '../../simulator/environment.ts';
import type { Random } from '../../simulator/random.ts';

/** What the services call outside themselves. */
export interface Hooks {
  /** Something changed that a health check or a user could notice. */
  readonly touch: () => void;
  readonly tableChanged: NonNullable<DynamoDbOptions['onChange']>;
  /** An event for a Lambda function, by its ARN. */
  readonly deliver: (functionArn: string, event: unknown) => void;
}

export type RegionalServices = ReturnType<typeof createRegionalServices>;

/** The simulated services that do not need the network. */
export function createRegionalServices(
  base: {
    readonly clock: Clock;
    readonly random: Random;
    readonly environment: WorldEnvironment;
    readonly accountId: string;
    readonly identities: Identities;
  },
  hooks: Hooks,
) {
  const { deliver } = hooks;
  const cloudwatch = createCloudWatch(base);
  const elb = createElb(base);
  const ecs = createEcs({ ...base, targets: elb });
  const ec2 = createEc2(base);
  return {
    cloudwatch,
    elb,
    ecs,
    ec2,
    rds: createRds({ ...base, metrics: cloudwatch }),
    scaling: createApplicationAutoScaling({ ...base, ecs }),
    groups: createAutoScaling({ ...base, targets: elb, ec2 }),
    dynamodb: createDynamoDb({ ...base, onChange: hooks.tableChanged }),
    kms: createKms(base),
    s3: createS3({ ...base, onChange: hooks.touch }),
    secrets: createSecretsManager(base),
    sts: createSts(base),
    sns: createSns({ ...base, deliver }),
    eventbridge: createEventBridge({ ...base, deliver }),
    scheduler: createScheduler({ ...base, deliver }),
  };
}
