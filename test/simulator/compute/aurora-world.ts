import type { DBCluster, GlobalCluster } from '@aws-sdk/client-rds';
import { createWorld, STANDBY, STANDBY_ARN, seedShop, type World } from './world.ts';

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
