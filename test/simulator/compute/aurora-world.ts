import { type DBCluster, type GlobalCluster, RDS } from '@aws-sdk/client-rds';
import { createEndpoint } from '../../../simulator/aws/endpoint.ts';
import { StaleReads } from '../../../simulator/aws/stale-reads.ts';
import { clientOptions } from '../wire/sdk-client.ts';
import { ACCOUNT, createWorld, STANDBY, STANDBY_ARN, seedShop, type World } from './world.ts';

export async function globalOf(world: World, region = STANDBY): Promise<GlobalCluster> {
  const input = { GlobalClusterIdentifier: 'shop' };
  const out = await world.ask<{ GlobalClusters: GlobalCluster[] }>(
    world.rds.service,
    'DescribeGlobalClusters',
    region,
    input,
  );
  const [found] = out.GlobalClusters;
  if (found === undefined) throw new Error('no global cluster');
  return found;
}

export async function clusterStatus(world: World, region: string, id: string): Promise<string | undefined> {
  const input = { DBClusterIdentifier: id };
  const out = await world.ask<{ DBClusters: DBCluster[] }>(world.rds.service, 'DescribeDBClusters', region, input);
  return out.DBClusters[0]?.Status;
}

export const writerIn = (global: GlobalCluster) =>
  global.GlobalClusterMembers?.find((one) => one.IsWriter)?.DBClusterArn;

export const toStandby = { GlobalClusterIdentifier: 'shop', TargetDbClusterIdentifier: STANDBY_ARN };
export const force = { ...toStandby, AllowDataLoss: true };

export function shop(seed?: string): World {
  const world = createWorld(seed);
  seedShop(world);
  return world;
}

/** Options of real SDK clients for the services of a world, by region; and the fault of reads that lag. */
export function sdkOf(world: World) {
  const { clock, random } = world;
  const staleReads = new StaleReads(clock);
  const made = [world.rds, world.elb, world.ecs, world.autoScaling, world.scaling];
  const services = made.map((one) => one.service);
  const endpoint = createEndpoint({ services, clock, random, accountId: ACCOUNT, staleReads });
  const options = (region: string) => clientOptions((request, caller) => endpoint.handle(request, caller), region);
  return { staleReads, options, rds: (region: string) => new RDS(options(region)) };
}

/** The code of the error that the SDK throws. */
export async function refused(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'accepted',
    (error: Error) => error.name,
  );
}
