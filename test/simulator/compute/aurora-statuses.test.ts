import { describe, expect, it } from 'vitest';
import { force, refused, sdkOf, shop, toStandby } from './aurora-world.ts';
import { HOME, HOUR, MINUTE, SECOND, STANDBY } from './world.ts';

function opened(seed?: string) {
  const world = shop(seed);
  const { rds } = sdkOf(world);
  return {
    world,
    rds,
    cluster: async (region: string, id: string) =>
      (await rds(region).describeDBClusters({ DBClusterIdentifier: id })).DBClusters?.[0]?.Status,
    instance: async (region: string, id: string) =>
      (await rds(region).describeDBInstances({ DBInstanceIdentifier: id })).DBInstances?.[0]?.DBInstanceStatus,
    global: async () => (await rds(STANDBY).describeGlobalClusters({})).GlobalClusters?.[0]?.Status,
  };
}

describe('a status that RDS shows', () => {
  it('is set for a while, and then is what it was', async () => {
    const { world, cluster, instance, global } = opened();
    world.rds.setStatus(STANDBY, 'shop-standby', 'backing-up', { for_ms: 5 * MINUTE });
    world.rds.setStatus(STANDBY, 'shop-standby-1', 'storage-optimization', { for_ms: 10 * MINUTE });
    world.rds.setGlobalStatus('shop', 'a-status-of-tomorrow');
    const all = async () => [
      await cluster(STANDBY, 'shop-standby'),
      await instance(STANDBY, 'shop-standby-1'),
      await global(),
    ];
    expect(await all()).toEqual(['backing-up', 'storage-optimization', 'a-status-of-tomorrow']);
    await world.pass(6 * MINUTE);
    expect(await all()).toEqual(['available', 'storage-optimization', 'a-status-of-tomorrow']);
    world.rds.setGlobalStatus('shop', null);
    await world.pass(5 * MINUTE);
    expect(await all()).toEqual(['available', 'available', 'available']);
    expect(() => world.rds.setStatus(HOME, 'shop-standby', 'modifying')).toThrow('no DB cluster or instance');
  });

  it('that was set again since is not ended by the end of the first', async () => {
    const { world, cluster } = opened();
    world.rds.setStatus(STANDBY, 'shop-standby', 'backing-up', { for_ms: MINUTE });
    world.rds.setStatus(STANDBY, 'shop-standby', 'maintenance');
    await world.pass(2 * MINUTE);
    expect(await cluster(STANDBY, 'shop-standby')).toBe('maintenance');
  });

  it.each([
    'backing-up',
    'storage-optimization',
    'modifying',
    'configuring-enhanced-monitoring',
    'configuring-log-exports',
    'upgrading',
    'a-status-of-tomorrow',
  ])('%s of the only instance hinders no failover, and the promoted cluster serves', async (status) => {
    const { world, rds } = opened();
    world.rds.setStatus(STANDBY, 'shop-standby-1', status);
    world.rds.setStatus(STANDBY, 'shop-standby', 'upgrading');
    expect(await refused(rds(STANDBY).failoverGlobalCluster(force))).toBe('accepted');
    await world.pass(10 * MINUTE);
    expect(world.rds.acceptsWrites(STANDBY, 'shop-standby')).toBe(true);
  });

  it.each(['stopped', 'inaccessible-encryption-credentials', 'deleting', 'promoting'])(
    '%s of the target makes AWS refuse every way to promote it',
    async (status) => {
      const { world, rds } = opened();
      world.rds.setStatus(STANDBY, 'shop-standby', status);
      const leave = { GlobalClusterIdentifier: 'shop', DbClusterIdentifier: toStandby.TargetDbClusterIdentifier };
      expect([
        await refused(rds(STANDBY).failoverGlobalCluster(force)),
        await refused(rds(HOME).switchoverGlobalCluster(toStandby)),
        await refused(rds(STANDBY).removeFromGlobalCluster(leave)),
      ]).toEqual(['InvalidDBClusterStateFault', 'InvalidDBClusterStateFault', 'InvalidDBClusterStateFault']);
    },
  );

  it('decides who is served: a stopped cluster and a rebooting instance serve nobody, a backup hinders nobody', async () => {
    const { world } = opened();
    await world.pass(MINUTE);
    world.rds.setStatus(HOME, 'shop-home-1', 'backing-up');
    expect(world.rds.acceptsWrites(HOME, 'shop-home')).toBe(true);
    world.rds.setStatus(HOME, 'shop-home-1', 'rebooting', { for_ms: 30 * SECOND });
    expect(world.rds.acceptsWrites(HOME, 'shop-home')).toBe(false);
    await world.pass(MINUTE);
    expect(world.rds.acceptsWrites(HOME, 'shop-home')).toBe(true);
    world.rds.setStatus(HOME, 'shop-home', 'stopped');
    expect(world.rds.acceptingWrites()).toEqual([]);
    world.rds.setStatus(HOME, 'shop-home', null);
    const spans = world.rds.writableSpans().filter(({ clusterId }) => clusterId === 'shop-home');
    expect(spans).toHaveLength(3);
  });

  it('of the primary stops a switchover when it cannot serve, and never a failover', async () => {
    const { world, rds } = opened();
    world.rds.setStatus(HOME, 'shop-home', 'inaccessible-encryption-credentials');
    expect(await refused(rds(HOME).switchoverGlobalCluster(toStandby))).toBe('InvalidDBClusterStateFault');
    expect(await refused(rds(STANDBY).failoverGlobalCluster(force))).toBe('accepted');
  });

  it('lets a scenario decide whether AWS refuses', async () => {
    const { world, rds } = opened();
    world.rds.setStatus(STANDBY, 'shop-standby', 'backing-up', { refuses: true });
    expect(await refused(rds(STANDBY).failoverGlobalCluster(force))).toBe('InvalidDBClusterStateFault');
    world.rds.setStatus(STANDBY, 'shop-standby', null);
    world.rds.setGlobalStatus('shop', 'modifying', { refuses: true });
    expect(await refused(rds(STANDBY).failoverGlobalCluster(force))).toBe('InvalidGlobalClusterStateFault');
    world.rds.setGlobalStatus('shop', 'upgrading');
    expect(await refused(rds(STANDBY).failoverGlobalCluster(force))).toBe('InvalidGlobalClusterStateFault');
    world.rds.setGlobalStatus('shop', 'modifying');
    expect(await refused(rds(STANDBY).failoverGlobalCluster(force))).toBe('accepted');
  });

  it('gives way to what happens to the cluster itself, and comes back after it', async () => {
    const { world, rds, cluster } = opened();
    world.rds.setStatus(STANDBY, 'shop-standby', 'configuring-log-exports');
    await rds(STANDBY).failoverGlobalCluster(force);
    await world.pass(30 * SECOND);
    expect(await cluster(STANDBY, 'shop-standby')).toBe('promoting');
    await world.pass(10 * MINUTE);
    expect(await cluster(STANDBY, 'shop-standby')).toBe('configuring-log-exports');
  });

  it('keeps a cluster from being changed or saved, as AWS says that it must be available', async () => {
    const { world, rds } = opened();
    world.rds.setStatus(STANDBY, 'shop-standby', 'backing-up');
    const id = { DBClusterIdentifier: 'shop-standby' };
    const snapshot = { ...id, DBClusterSnapshotIdentifier: 'now' };
    expect(await refused(rds(STANDBY).createDBClusterSnapshot(snapshot))).toBe('InvalidDBClusterStateFault');
    expect(await refused(rds(STANDBY).modifyDBCluster({ ...id, DeletionProtection: true }))).toBe(
      'InvalidDBClusterStateFault',
    );
  });
});

describe('the synchronization status', () => {
  it('can be one that nobody listed, which hinders nothing; pending-resync does', async () => {
    const { world, rds } = opened();
    const shown = async () =>
      (await rds(HOME).describeGlobalClusters({})).GlobalClusters?.[0]?.GlobalClusterMembers?.map(
        (one) => one.SynchronizationStatus,
      );
    world.rds.setSynchronization(STANDBY, 'shop-standby', 'pending-resync');
    expect(await shown()).toEqual(['connected', 'pending-resync']);
    expect(await refused(rds(HOME).switchoverGlobalCluster(toStandby))).toBe('InvalidGlobalClusterStateFault');
    world.rds.setSynchronization(STANDBY, 'shop-standby', 'catching-up');
    expect(await shown()).toEqual(['connected', 'catching-up']);
    expect(await refused(rds(HOME).switchoverGlobalCluster(toStandby))).toBe('accepted');
  });
});

describe('statuses that pass', () => {
  it('come and go as the seed draws them, and none of them ends a write', async () => {
    const seen = async (seed: string) => {
      const { world, instance } = opened(seed);
      world.rds.letStatusesPass();
      const shown: (string | undefined)[] = [];
      for (let minutes = 0; minutes < 120; minutes += 2) {
        await world.pass(2 * MINUTE);
        shown.push(await instance(STANDBY, 'shop-standby-1'));
        expect(world.rds.acceptsWrites(HOME, 'shop-home')).toBe(true);
      }
      return shown;
    };
    const one = await seen('a');
    expect(new Set(one).size).toBeGreaterThan(2);
    expect(one).toContain('available');
    expect(await seen('a')).toEqual(one);
    expect(await seen('b')).not.toEqual(one);
  });

  it('are off unless asked for', async () => {
    const { world, cluster } = opened();
    for (let hours = 0; hours < 12; hours += 1) {
      await world.pass(HOUR);
      expect(await cluster(HOME, 'shop-home')).toBe('available');
    }
  });
});
