import type { DBClusterSnapshot, GlobalCluster } from '@aws-sdk/client-rds';
import { describe, expect, it } from 'vitest';
import { clusterStatus, force, globalOf, shop, writerIn } from './aurora-world.ts';
import { HOME, HOME_ARN, HOUR, MINUTE, SECOND, STANDBY, STANDBY_ARN } from './world.ts';

describe('managed failover', () => {
  it('answers first with the old writer, then changes it, then becomes available', async () => {
    const world = shop();
    await world.pass(10 * MINUTE);
    world.environment.setServes(HOME, false);
    expect(await world.refusal(world.rds.service, 'FailoverGlobalCluster', HOME, force)).toBe(
      'InvalidDBClusterStateFault',
    );
    const out = await world.ask<{ GlobalCluster: GlobalCluster }>(
      world.rds.service,
      'FailoverGlobalCluster',
      STANDBY,
      force,
    );
    expect(out.GlobalCluster.Status).toBe('failing-over');
    expect(out.GlobalCluster.FailoverState?.Status).toBe('pending');
    expect(writerIn(out.GlobalCluster)).toBe(HOME_ARN);
    await world.pass(30 * SECOND);
    expect((await globalOf(world)).FailoverState?.Status).toBe('failing-over');
    expect(await clusterStatus(world, STANDBY, 'shop-standby')).toBe('promoting');
    const snapshot = { DBClusterIdentifier: 'shop-standby', DBClusterSnapshotIdentifier: 'too-early' };
    expect(await world.refusal(world.rds.service, 'CreateDBClusterSnapshot', STANDBY, snapshot)).toBe(
      'InvalidDBClusterStateFault',
    );
    await world.passUntil(() => world.rds.acceptsWrites(STANDBY, 'shop-standby'), 5 * MINUTE);
    expect((await globalOf(world)).Status).toBe('failing-over');
    await world.pass(30 * SECOND);
    const global = await globalOf(world);
    expect([global.Status, writerIn(global), await clusterStatus(world, STANDBY, 'shop-standby')]).toEqual([
      'available',
      STANDBY_ARN,
      'available',
    ]);
  });

  it('loses the lag at the moment of the disaster, not the lag that was shown before', async () => {
    const world = shop();
    await world.pass(10 * MINUTE);
    world.rds.setLag_ms('shop', 4_000);
    await world.pass(10 * SECOND);
    world.environment.setServes(HOME, false);
    await world.pass(7 * MINUTE);
    await world.ask(world.rds.service, 'FailoverGlobalCluster', STANDBY, force);
    await world.pass(10 * MINUTE);
    expect(world.rds.dataLost_ms('shop')).toBe(4_000);
    expect(world.rds.writerChanges('shop')).toMatchObject([{ how: 'failover', fromArn: HOME_ARN, toArn: STANDBY_ARN }]);
  });

  it('leaves the old primary pending until its region is back, then rescues, resynchronises and connects it', async () => {
    const world = shop();
    await world.pass(MINUTE);
    world.environment.setServes(HOME, false);
    await world.ask(world.rds.service, 'FailoverGlobalCluster', STANDBY, force);
    await world.pass(3 * HOUR);
    const home = async () =>
      (await globalOf(world)).GlobalClusterMembers?.find((one) => one.DBClusterArn === HOME_ARN)?.SynchronizationStatus;
    expect(await home()).toBe('pending-resync');
    const toHome = { GlobalClusterIdentifier: 'shop', TargetDbClusterIdentifier: HOME_ARN };
    expect(await world.refusal(world.rds.service, 'SwitchoverGlobalCluster', STANDBY, toHome)).toBe(
      'InvalidGlobalClusterStateFault',
    );
    world.environment.setServes(HOME, true);
    await world.pass(8 * MINUTE);
    expect(await home()).toBe('pending-resync');
    const { DBClusterSnapshots } = await world.ask<{ DBClusterSnapshots: DBClusterSnapshot[] }>(
      world.rds.service,
      'DescribeDBClusterSnapshots',
      HOME,
      { DBClusterIdentifier: 'shop-home', SnapshotType: 'automated' },
    );
    expect(DBClusterSnapshots[0]?.DBClusterSnapshotIdentifier).toMatch(
      /^rds:unplanned-global-failover-shop-home-2026-11-21-02-1\d$/,
    );
    expect(DBClusterSnapshots[0]?.Status).toBe('available');
    await world.pass(HOUR);
    expect(await home()).toBe('connected');
    const ids = world.rds.events().map((event) => event.id.slice(-4));
    expect(ids).toEqual(expect.arrayContaining(['0391', '0238', '0397', '0240', '0241']));
    expect(world.rds.lagOf_ms(HOME, 'shop-home')).toBe(120);
    await world.ask(world.rds.service, 'SwitchoverGlobalCluster', STANDBY, toHome);
    await world.pass(3 * MINUTE);
    expect(world.rds.writerOf('shop')).toBe(HOME_ARN);
  });

  it('does not fence a home that it cannot reach: once back, home takes writes until it rejoins', async () => {
    const world = shop();
    world.environment.setServes(HOME, false);
    await world.ask(world.rds.service, 'FailoverGlobalCluster', STANDBY, force);
    await world.pass(10 * MINUTE);
    const before_ms = world.rds.dataLost_ms('shop');
    world.environment.fix('rds.rejoin', 45 * SECOND);
    world.environment.setServes(HOME, true);
    expect(world.rds.acceptingWrites()).toHaveLength(2);
    await world.pass(2 * MINUTE);
    expect(world.rds.acceptingWrites()).toHaveLength(1);
    expect(world.rds.dataLost_ms('shop')).toBeGreaterThan(before_ms);
  });

  it('of a running home fences it when it can, and loses what it committed meanwhile', async () => {
    const world = shop();
    await world.pass(MINUTE);
    await world.ask(world.rds.service, 'FailoverGlobalCluster', STANDBY, force);
    await world.pass(20 * SECOND);
    expect(world.rds.acceptingWrites()).toEqual([]);
    await world.pass(10 * MINUTE);
    expect(world.rds.events().map((event) => event.id)).toContain('RDS-EVENT-0390');
    const other = shop();
    other.environment.fix('rds.write-fence', Number.POSITIVE_INFINITY);
    await other.pass(MINUTE);
    await other.ask(other.rds.service, 'FailoverGlobalCluster', STANDBY, force);
    await other.pass(60 * SECOND);
    expect(other.rds.acceptsWrites(HOME, 'shop-home')).toBe(true);
    expect(other.rds.events().map((event) => event.id)).toContain('RDS-EVENT-0391');
    await other.pass(10 * MINUTE);
    expect(other.rds.dataLost_ms('shop')).toBeGreaterThan(world.rds.dataLost_ms('shop') + 30 * SECOND);
  });

  it('cuts the target off from a running home: nothing that home commits later arrives', async () => {
    const world = shop();
    world.environment.fix('rds.write-fence', Number.POSITIVE_INFINITY);
    await world.ask(world.rds.service, 'FailoverGlobalCluster', STANDBY, force);
    expect(world.rds.lagOf_ms(STANDBY, 'shop-standby')).toBe(120);
    await world.pass(20 * SECOND);
    expect(world.rds.lagOf_ms(STANDBY, 'shop-standby')).toBeUndefined();
  });

  it('goes on without a rescue snapshot when it never comes', async () => {
    const world = shop();
    world.environment.fix('rds.rescue-snapshot', Number.POSITIVE_INFINITY);
    await world.ask(world.rds.service, 'FailoverGlobalCluster', STANDBY, force);
    await world.pass(HOUR);
    const out = await world.ask<{ DBClusterSnapshots: DBClusterSnapshot[] }>(
      world.rds.service,
      'DescribeDBClusterSnapshots',
      HOME,
    );
    expect(out.DBClusterSnapshots).toEqual([]);
    expect((await globalOf(world)).GlobalClusterMembers?.map((one) => one.SynchronizationStatus)).toEqual([
      'connected',
      'connected',
    ]);
  });

  it('the global writer endpoint follows, a moment after the writer', async () => {
    const world = shop();
    world.environment.fix('rds.global-dns', 15 * SECOND);
    const host = world.rds.globalEndpointOf('shop') ?? '';
    world.environment.setServes(HOME, false);
    await world.ask(world.rds.service, 'FailoverGlobalCluster', STANDBY, force);
    await world.passUntil(() => world.rds.writerOf('shop') === STANDBY_ARN);
    expect(world.rds.endpointLeadsTo(host)?.region).toBe(HOME);
    await world.pass(16 * SECOND);
    expect(world.rds.endpointLeadsTo(host)).toEqual({ region: STANDBY, clusterId: 'shop-standby' });
  });
});
