import { ApplicationAutoScaling } from '@aws-sdk/client-application-auto-scaling';
import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { ECS } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { clientOptions } from '../wire/sdk-client.ts';
import { world as wireWorld } from '../wire/world.ts';
import { createWorld, STANDBY } from './world.ts';

/** The simulated compute services, asked by the real SDK over the real wire protocols. */
export function sdkWorld(seed?: string) {
  const world = createWorld(seed);
  const services = [world.elb, world.ecs, world.ec2, world.autoScaling, world.scaling].map((one) => one.service);
  const { endpoint } = wireWorld(services, undefined, world.clock);
  const options = clientOptions((request, caller) => endpoint.handle(request, caller), STANDBY);
  return {
    world,
    ecs: new ECS(options),
    elb: new ElasticLoadBalancingV2(options),
    groups: new AutoScaling(options),
    scaling: new ApplicationAutoScaling(options),
  };
}

/** The name of the exception that the SDK throws. */
export async function thrown(act: () => Promise<unknown>): Promise<string> {
  try {
    await act();
  } catch (error) {
    if (error instanceof Error) return error.name;
    throw error;
  }
  return 'accepted';
}
