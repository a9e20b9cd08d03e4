import { describe, expect, it } from 'vitest';
import { canTakeOver } from '../../../simulator/aws/services/rds/versions.ts';
import { clusterStatus, force, globalOf, refused, sdkOf, shop, toStandby, writerIn } from './aurora-world.ts';
import { HOME, HOME_ARN, HOUR, MINUTE, SECOND, STANDBY, STANDBY_ARN, type World } from './world.ts';

const ids = (world: World) => world.rds.events().map((event) => event.id);

describe('a failover that AWS takes back', () => {
  it('is cancelling for a while; then both clusters are what they were and home is the writer', async () => {
    const world = shop();
    const rds = sdkOf(world).rds(STANDBY);
    await world.pass(MINUTE);
    world.rds.faults.turnOn('failover-cancelled', { after_ms: 40 * SECOND });
    world.environment.fix('rds.failover-restore', 15 * SECOND);
    expect((await rds.failoverGlobalCluster(force)).GlobalCluster?.FailoverState?.Status).toBe('pending');
    await world.pass(30 * SECOND);
    expect((await globalOf(world)).FailoverState?.Status).toBe('failing-over');
    expect(world.rds.acceptingWrites()).toEqual([]);
    await world.pass(15 * SECOND);
    expect((await globalOf(world)).FailoverState).toEqual({
      Status: 'cancelling',
      FromDbClusterArn: HOME_ARN,
      ToDbClusterArn: STANDBY_ARN,
      IsDataLossAllowed: true,
    });
    expect(await refused(rds.failoverGlobalCluster(force))).toBe('InvalidGlobalClusterStateFault');
    await world.pass(15 * SECOND);
    const global = await globalOf(world);
    expect([global.Status, global.FailoverState, writerIn(global)]).toEqual(['available', undefined, HOME_ARN]);
    expect([
      await clusterStatus(world, HOME, 'shop-home'),
      await clusterStatus(world, STANDBY, 'shop-standby'),
    ]).toEqual(['available', 'available']);
    expect(world.rds.acceptingWrites()).toEqual([{ region: HOME, clusterId: 'shop-home' }]);
    expect(world.rds.lagOf_ms(STANDBY, 'shop-standby')).toBe(120);
    expect(world.rds.writerChanges('shop')).toEqual([]);
    expect(ids(world)).toContain('RDS-EVENT-0239');
  });

  it('never ends otherwise, however short its duration; another one may be accepted for good', async () => {
    const world = shop();
    const rds = sdkOf(world).rds(STANDBY);
    world.environment.fix('rds.failover', 20 * SECOND);
    world.rds.faults.turnOn('failover-cancelled', { after_ms: 2 * MINUTE, times: 1 });
    await rds.failoverGlobalCluster(force);
    await world.pass(100 * SECOND);
    expect((await globalOf(world)).FailoverState?.Status).toBe('failing-over');
    await world.pass(MINUTE);
    expect(writerIn(await globalOf(world))).toBe(HOME_ARN);
    await rds.failoverGlobalCluster(force);
    await world.pass(MINUTE);
    expect(writerIn(await globalOf(world))).toBe(STANDBY_ARN);
  });

  it('gives a dead home back nothing but its role', async () => {
    const world = shop();
    world.environment.setServes(HOME, false);
    world.rds.faults.turnOn('failover-cancelled', {});
    await sdkOf(world).rds(STANDBY).failoverGlobalCluster(force);
    await world.pass(3 * MINUTE);
    expect(writerIn(await globalOf(world))).toBe(HOME_ARN);
    expect(world.rds.acceptingWrites()).toEqual([]);
    world.environment.setServes(HOME, true);
    expect(world.rds.acceptsWrites(HOME, 'shop-home')).toBe(true);
  });

  it('is said for a switchover too, where a scenario asks for it', async () => {
    const world = shop();
    const rds = sdkOf(world).rds(HOME);
    world.rds.faults.turnOn('failover-cancelled', { kinds: ['switchover'], after_ms: 20 * SECOND });
    const { GlobalCluster } = await rds.switchoverGlobalCluster(toStandby);
    expect(GlobalCluster?.FailoverState?.IsDataLossAllowed).toBe(false);
    await world.pass(MINUTE);
    expect(world.rds.acceptingWrites()).toEqual([{ region: HOME, clusterId: 'shop-home' }]);
    expect(ids(world)).toContain('RDS-EVENT-0186');
  });
});

describe('a failover that hangs', () => {
  it('does not end before the fault does', async () => {
    const world = shop();
    world.environment.setServes(HOME, false);
    world.rds.faults.turnOn('failover-hangs', {});
    await sdkOf(world).rds(STANDBY).failoverGlobalCluster(force);
    await world.pass(5 * HOUR);
    const hung = await globalOf(world);
    expect([hung.Status, hung.FailoverState?.Status, writerIn(hung)]).toEqual([
      'failing-over',
      'failing-over',
      HOME_ARN,
    ]);
    world.rds.faults.turnOff('failover-hangs');
    await world.pass(MINUTE);
    const done = await globalOf(world);
    expect([done.Status, done.FailoverState, writerIn(done)]).toEqual(['available', undefined, STANDBY_ARN]);
  });

  it('can be taken back by AWS', async () => {
    const world = shop();
    world.rds.faults.turnOn('failover-hangs', {});
    await sdkOf(world).rds(STANDBY).failoverGlobalCluster(force);
    await world.pass(HOUR);
    world.rds.cancelTransfer('shop');
    await world.pass(MINUTE);
    expect((await globalOf(world)).Status).toBe('available');
    world.rds.faults.turnOff('failover-hangs');
    await world.pass(HOUR);
    expect(writerIn(await globalOf(world))).toBe(HOME_ARN);
  });

  it('cannot be taken back once the writer has changed', async () => {
    const world = shop();
    world.environment.fix('rds.failover-settle-global', HOUR);
    await sdkOf(world).rds(STANDBY).failoverGlobalCluster(force);
    await world.passUntil(() => world.rds.acceptsWrites(STANDBY, 'shop-standby'));
    world.rds.cancelTransfer('shop');
    await world.pass(30 * MINUTE);
    const global = await globalOf(world);
    expect([global.FailoverState?.Status, writerIn(global)]).toEqual(['failing-over', STANDBY_ARN]);
    expect(world.rds.acceptsWrites(HOME, 'shop-home')).toBe(false);
  });

  it('is left by a detach only where AWS takes one meanwhile', async () => {
    const world = shop();
    const rds = sdkOf(world).rds(STANDBY);
    const leave = { GlobalClusterIdentifier: 'shop', DbClusterIdentifier: STANDBY_ARN };
    world.environment.setServes(HOME, false);
    world.rds.faults.turnOn('failover-hangs', {});
    await rds.failoverGlobalCluster(force);
    await world.pass(HOUR);
    expect(await refused(rds.removeFromGlobalCluster(leave))).toBe('InvalidGlobalClusterStateFault');
    world.rds.faults.turnOn('detach-ends-transfer', {});
    expect(await refused(rds.removeFromGlobalCluster(leave))).toBe('accepted');
    await world.pass(10 * MINUTE);
    expect(world.rds.acceptsWrites(STANDBY, 'shop-standby')).toBe(true);
    const left = await globalOf(world, STANDBY);
    expect([left.Status, left.FailoverState, left.GlobalClusterMembers?.map((one) => one.DBClusterArn)]).toEqual([
      'available',
      undefined,
      [HOME_ARN],
    ]);
  });
});

describe('a failover that is refused', () => {
  it.each(['InvalidGlobalClusterStateFault', 'InvalidDBClusterStateFault'] as const)(
    'with %s is refused for some minutes, and then is not',
    async (code) => {
      const world = shop();
      const { rds } = sdkOf(world);
      world.rds.faults.turnOn('failover-refused', { code, for_ms: 3 * MINUTE });
      expect(await refused(rds(STANDBY).failoverGlobalCluster(force))).toBe(code);
      await world.pass(2 * MINUTE);
      expect(await refused(rds(STANDBY).failoverGlobalCluster(force))).toBe(code);
      await world.pass(2 * MINUTE);
      expect(await refused(rds(STANDBY).failoverGlobalCluster(force))).toBe('accepted');
    },
  );

  it('leaves switchovers alone unless it is about them', async () => {
    const world = shop();
    const { rds } = sdkOf(world);
    world.rds.faults.turnOn('failover-refused', { code: 'InvalidDBClusterStateFault' });
    expect(await refused(rds(HOME).switchoverGlobalCluster(toStandby))).toBe('accepted');
  });
});

describe('after the writer moved', () => {
  it('the promoted cluster may show another status for long, while it takes writes', async () => {
    const world = shop();
    world.environment.setServes(HOME, false);
    world.rds.faults.turnOn('settles-as', { cluster: 'modifying' });
    world.environment.fix('rds.failover-settle-cluster', 40 * MINUTE);
    await sdkOf(world).rds(STANDBY).failoverGlobalCluster(force);
    await world.passUntil(() => world.rds.acceptsWrites(STANDBY, 'shop-standby'));
    await world.pass(30 * MINUTE);
    expect(await clusterStatus(world, STANDBY, 'shop-standby')).toBe('modifying');
    await world.pass(20 * MINUTE);
    expect(await clusterStatus(world, STANDBY, 'shop-standby')).toBe('available');
  });

  it('the global cluster may stay failing-over until the old region is back', async () => {
    const world = shop();
    world.environment.setServes(HOME, false);
    world.rds.faults.turnOn('settles-as', { needsOldRegion: true });
    await sdkOf(world).rds(STANDBY).failoverGlobalCluster(force);
    await world.pass(5 * HOUR);
    const global = await globalOf(world);
    expect([global.Status, global.FailoverState?.Status, writerIn(global)]).toEqual([
      'failing-over',
      'failing-over',
      STANDBY_ARN,
    ]);
    world.environment.setServes(HOME, true);
    await world.pass(MINUTE);
    expect((await globalOf(world)).Status).toBe('available');
  });

  it('or show yet another status, and no FailoverState', async () => {
    const world = shop();
    world.rds.faults.turnOn('settles-as', { global: 'modifying' });
    world.environment.fix('rds.failover-settle-global', HOUR);
    await sdkOf(world).rds(STANDBY).failoverGlobalCluster(force);
    await world.passUntil(() => world.rds.acceptsWrites(STANDBY, 'shop-standby'));
    const global = await globalOf(world);
    expect([global.Status, global.FailoverState, writerIn(global)]).toEqual(['modifying', undefined, STANDBY_ARN]);
    await world.pass(2 * HOUR);
    expect((await globalOf(world)).Status).toBe('available');
  });
});

describe('engine versions', () => {
  it.each([
    ['aurora-postgresql', '16.6', '16.6', true],
    ['aurora-postgresql', '16.6', '16.8', false],
    ['aurora-postgresql', '15.6', '16.6', false],
    ['aurora-postgresql', '15.4.1', '15.4.2', true],
    ['aurora-postgresql', '14.5.0', '14.5.3', true],
    ['aurora-postgresql', '14.4.0', '14.4.1', false],
    ['aurora-postgresql', '13.8.0', '13.8.2', true],
    ['aurora-postgresql', '11.16.1', '11.16.2', false],
    ['aurora-mysql', '8.0.mysql_aurora.3.04.3', '8.0.mysql_aurora.3.04.3', true],
    ['aurora-mysql', '8.0.mysql_aurora.3.04.3', '8.0.mysql_aurora.3.04.1', false],
    ['aurora-mysql', '8.0.mysql_aurora.3.04.3', '8.0.mysql_aurora.3.05.3', false],
    ['aurora-mysql', '8.0.mysql_aurora.3.04.3', '5.7.mysql_aurora.2.04.3', false],
  ])('%s: from %s to %s a managed move is possible: %s', (engine, from, to, possible) => {
    expect(canTakeOver(engine, from, to)).toBe(possible);
    expect(canTakeOver(engine, to, from)).toBe(possible);
  });

  it('that read equal can hide patches that differ: both managed moves are refused, the detach is not', async () => {
    const world = shop();
    const { rds } = sdkOf(world);
    world.rds.faults.turnOn('hidden-patch-difference', {});
    const versions = await Promise.all(
      [HOME, STANDBY].map(async (region) => (await rds(region).describeDBClusters({})).DBClusters?.[0]?.EngineVersion),
    );
    expect(versions).toEqual(['16.6', '16.6']);
    await expect(rds(STANDBY).failoverGlobalCluster(force)).rejects.toThrow(
      'Target cluster shop-standby must have the same engine version as the current primary cluster.',
    );
    expect(await refused(rds(HOME).switchoverGlobalCluster(toStandby))).toBe('InvalidGlobalClusterStateFault');
    const leave = { GlobalClusterIdentifier: 'shop', DbClusterIdentifier: STANDBY_ARN };
    expect(await refused(rds(STANDBY).removeFromGlobalCluster(leave))).toBe('accepted');
  });
});
