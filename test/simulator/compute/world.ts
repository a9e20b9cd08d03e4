import type { Service } from '../../../simulator/aws/service.ts';
import { createApplicationAutoScaling } from '../../../simulator/aws/services/application-auto-scaling/application-auto-scaling.ts';
import { createAutoScaling } from '../../../simulator/aws/services/auto-scaling/auto-scaling.ts';
import { createCloudWatch } from '../../../simulator/aws/services/cloudwatch/cloudwatch.ts';
import { createEc2 } from '../../../simulator/aws/services/ec2/ec2.ts';
import { createEcs } from '../../../simulator/aws/services/ecs/ecs.ts';
import { createElb } from '../../../simulator/aws/services/elastic-load-balancing-v2/elastic-load-balancing-v2.ts';
import { createRds } from '../../../simulator/aws/services/rds/rds.ts';
import { VirtualClock } from '../../../simulator/clock.ts';
import { createEnvironment } from '../../../simulator/environment.ts';
import { seeded } from '../../../simulator/random.ts';

export const HOME = 'eu-west-1';
export const STANDBY = 'eu-central-1';
export const START_MS = Date.UTC(2026, 10, 20, 23, 14);
export const ACCOUNT = '123456789012';
export const HOME_ARN = `arn:aws:rds:${HOME}:${ACCOUNT}:cluster:shop-home`;
export const STANDBY_ARN = `arn:aws:rds:${STANDBY}:${ACCOUNT}:cluster:shop-standby`;
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

export function createWorld(seed = 'compute') {
  const clock = new VirtualClock(START_MS);
  const random = seeded(seed);
  const environment = createEnvironment(random.split('nature'));
  const options = { clock, random, environment, accountId: ACCOUNT };
  const cloudwatch = createCloudWatch(options);
  const rds = createRds({ ...options, metrics: cloudwatch });
  const elb = createElb(options);
  const ecs = createEcs({ ...options, targets: elb });
  const ec2 = createEc2(options);
  const autoScaling = createAutoScaling({ ...options, targets: elb, ec2 });
  const scaling = createApplicationAutoScaling({ ...options, ecs });

  const ask = async <Out>(service: Service, action: string, region: string, input: object = {}): Promise<Out> => {
    const operation = service.operations[action];
    if (operation === undefined) throw new Error(`${service.id} has no ${action}`);
    const caller = { name: 'test', region };
    return (await operation(input, { clock, random, accountId: ACCOUNT, region, caller })) as Out;
  };

  /** The code of the error that the operation answers. */
  const refusal = async (service: Service, action: string, region: string, input: object = {}): Promise<string> => {
    try {
      await ask(service, action, region, input);
    } catch (error) {
      if (error instanceof Error && 'code' in error) return String(error.code);
      throw error;
    }
    return 'accepted';
  };

  const pass = async (duration_ms: number): Promise<void> => {
    let over = false;
    clock.after(duration_ms, () => {
      over = true;
    });
    await clock.run({ until: () => over, limit_ms: Number.POSITIVE_INFINITY });
  };

  /** Lets time pass until `until` holds; answers how long it took, or throws after `limit_ms`. */
  const passUntil = async (until: () => boolean, limit_ms = 6 * HOUR): Promise<number> => {
    const start_ms = clock.now_ms();
    const result = await clock.run({ until, limit_ms: start_ms + limit_ms });
    if (result !== 'done') throw new Error(`It did not come true: ${result}`);
    return clock.now_ms() - start_ms;
  };

  return {
    clock,
    random,
    environment,
    cloudwatch,
    rds,
    elb,
    ecs,
    ec2,
    autoScaling,
    scaling,
    ask,
    refusal,
    pass,
    passUntil,
  };
}

export type World = ReturnType<typeof createWorld>;

export function seedShop(world: World): void {
  world.rds.seedGlobal({
    id: 'shop',
    engine: 'aurora-postgresql',
    engineVersion: '16.6',
    databaseName: 'shop',
    lag_ms: 120,
    members: [
      { region: HOME, id: 'shop-home', instances: [{ id: 'shop-home-1', instanceClass: 'db.r6g.large' }] },
      { region: STANDBY, id: 'shop-standby', instances: [{ id: 'shop-standby-1', instanceClass: 'db.r6g.large' }] },
    ],
  });
}
