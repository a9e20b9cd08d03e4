import { describe, expect, it } from 'vitest';
import { force, refused, sdkOf, shop, toStandby } from './aurora-world.ts';
import { createWorld, HOME, HOME_ARN, MINUTE, SECOND, STANDBY, STANDBY_ARN } from './world.ts';

const HOME_CLUSTER = { region: HOME, clusterId: 'shop-home' };
const STANDBY_CLUSTER = { region: STANDBY, clusterId: 'shop-standby' };

function opened() {
  const world = shop();
  const { rds } = sdkOf(world);
  const set = (region: string, id: string, enabled: boolean) =>
    rds(region).modifyDBCluster({ DBClusterIdentifier: id, EnableGlobalWriteForwarding: enabled });
  const shown = async (region: string, id: string) => {
    const { DBClusters } = await rds(region).describeDBClusters({ DBClusterIdentifier: id });
    const { GlobalClusters } = await rds(region).describeGlobalClusters({});
    const cluster = DBClusters?.[0];
    const member = GlobalClusters?.[0]?.GlobalClusterMembers?.find((one) => one.DBClusterArn === cluster?.DBClusterArn);
    return [
      cluster?.GlobalWriteForwardingRequested,
      cluster?.GlobalWriteForwardingStatus,
      member?.GlobalWriteForwardingStatus,
    ];
  };
  return { world, rds, set, shown };
}

describe('write forwarding', () => {
  it('is off unless it is asked for; then a secondary passes writes on once it says that it is enabled', async () => {
    const { world, set, shown } = opened();
    await world.pass(MINUTE);
    expect(await shown(STANDBY, 'shop-standby')).toEqual([false, 'disabled', 'disabled']);
    expect(world.rds.forwardsTo(STANDBY, 'shop-standby')).toBeUndefined();
    world.environment.fix('rds.write-forwarding', 30 * SECOND);
    await set(STANDBY, 'shop-standby', true);
    expect(await shown(STANDBY, 'shop-standby')).toEqual([true, 'enabling', 'enabling']);
    expect(world.rds.forwardsTo(STANDBY, 'shop-standby')).toBeUndefined();
    await world.pass(MINUTE);
    expect(await shown(STANDBY, 'shop-standby')).toEqual([true, 'enabled', 'enabled']);
    expect(world.rds.forwardsTo(STANDBY, 'shop-standby')).toEqual(HOME_CLUSTER);
    await set(STANDBY, 'shop-standby', false);
    expect(await shown(STANDBY, 'shop-standby')).toEqual([false, 'disabling', 'disabling']);
    await world.pass(MINUTE);
    expect(await shown(STANDBY, 'shop-standby')).toEqual([false, 'disabled', 'disabled']);
  });

  it('of a primary does nothing until it is demoted', async () => {
    const { world, rds, set, shown } = opened();
    await set(HOME, 'shop-home', true);
    expect(await shown(HOME, 'shop-home')).toEqual([true, 'disabled', 'disabled']);
    expect(world.rds.forwardsTo(HOME, 'shop-home')).toBeUndefined();
    await rds(HOME).switchoverGlobalCluster(toStandby);
    await world.pass(3 * MINUTE);
    expect(await shown(HOME, 'shop-home')).toEqual([true, 'enabled', 'enabled']);
    expect(world.rds.forwardsTo(HOME, 'shop-home')).toEqual(STANDBY_CLUSTER);
  });

  it('reaches the old primary as long as it is the writer, and nobody while it cannot be reached', async () => {
    const { world, rds, set } = opened();
    await set(STANDBY, 'shop-standby', true);
    await world.pass(2 * MINUTE);
    world.environment.setServes(HOME, false);
    expect(world.rds.forwardsTo(STANDBY, 'shop-standby')).toBeUndefined();
    world.environment.setServes(HOME, true);
    expect(world.rds.forwardsTo(STANDBY, 'shop-standby')).toEqual(HOME_CLUSTER);
    world.environment.fix('rds.write-fence', Number.POSITIVE_INFINITY);
    await rds(STANDBY).failoverGlobalCluster(force);
    expect(world.rds.forwardsTo(STANDBY, 'shop-standby')).toEqual(HOME_CLUSTER);
    await world.pass(20 * SECOND);
    // Cut off from home, although home still takes writes.
    expect(world.rds.acceptsWrites(HOME, 'shop-home')).toBe(true);
    expect(world.rds.forwardsTo(STANDBY, 'shop-standby')).toBeUndefined();
    await world.pass(10 * MINUTE);
    expect(world.rds.acceptsWrites(STANDBY, 'shop-standby')).toBe(true);
    expect(world.rds.forwardsTo(STANDBY, 'shop-standby')).toBeUndefined();
  });

  it('is for members of a global cluster, and ends with the membership', async () => {
    const { world, rds, set, shown } = opened();
    await set(STANDBY, 'shop-standby', true);
    await world.pass(2 * MINUTE);
    await rds(STANDBY).removeFromGlobalCluster({ GlobalClusterIdentifier: 'shop', DbClusterIdentifier: STANDBY_ARN });
    await world.pass(6 * MINUTE);
    expect(await shown(STANDBY, 'shop-standby')).toEqual([undefined, undefined, undefined]);
    expect(await refused(set(STANDBY, 'shop-standby', true))).toBe('InvalidParameterCombination');
  });

  it('can be asked for when a secondary is created', async () => {
    const world = createWorld();
    world.rds.seedGlobal({
      id: 'shop',
      engine: 'aurora-postgresql',
      engineVersion: '16.6',
      encrypted: false,
      members: [{ region: HOME, id: 'shop-home', instances: [{ id: 'shop-home-1', instanceClass: 'x' }] }],
    });
    const { rds } = sdkOf(world);
    await rds(STANDBY).createDBCluster({
      DBClusterIdentifier: 'shop-standby',
      Engine: 'aurora-postgresql',
      GlobalClusterIdentifier: 'shop',
      EnableGlobalWriteForwarding: true,
    });
    await world.pass(10 * MINUTE);
    const { DBClusters } = await rds(STANDBY).describeDBClusters({});
    expect(DBClusters?.[0]).toMatchObject({
      GlobalWriteForwardingRequested: true,
      GlobalWriteForwardingStatus: 'enabled',
    });
  });
});

describe('what a volume holds', () => {
  const FOREVER = Number.POSITIVE_INFINITY;

  it('is everything as long as nothing moved', () => {
    const { world } = opened();
    expect(world.rds.heldBy(HOME_ARN)).toEqual([{ clusterArn: HOME_ARN, from_ms: -FOREVER, to_ms: FOREVER }]);
  });

  it('ends, after a failover, where the old primary had been copied, and after a switchover back nothing is missing', async () => {
    const { world, rds } = opened();
    await world.pass(MINUTE);
    await rds(STANDBY).failoverGlobalCluster(force);
    await world.pass(3 * 60 * MINUTE);
    const [failover] = world.rds.writerChanges('shop');
    expect(world.rds.heldBy(STANDBY_ARN)).toEqual([
      { clusterArn: STANDBY_ARN, from_ms: failover?.at_ms, to_ms: FOREVER },
      { clusterArn: HOME_ARN, from_ms: -FOREVER, to_ms: failover?.replicatedUntil_ms },
    ]);
    await rds(STANDBY).switchoverGlobalCluster({
      GlobalClusterIdentifier: 'shop',
      TargetDbClusterIdentifier: HOME_ARN,
    });
    await world.pass(3 * MINUTE);
    const back = world.rds.writerChanges('shop').at(-1);
    expect(back?.how).toBe('switchover');
    expect(back?.replicatedUntil_ms).toBe(back?.at_ms);
    expect(world.rds.heldBy(HOME_ARN)).toEqual([
      { clusterArn: HOME_ARN, from_ms: back?.at_ms, to_ms: FOREVER },
      { clusterArn: STANDBY_ARN, from_ms: failover?.at_ms, to_ms: back?.at_ms },
      { clusterArn: HOME_ARN, from_ms: -FOREVER, to_ms: failover?.replicatedUntil_ms },
    ]);
  });
});
