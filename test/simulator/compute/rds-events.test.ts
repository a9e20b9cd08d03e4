import type { Event, SourceType } from '@aws-sdk/client-rds';
import { describe, expect, it } from 'vitest';
import { force, sdkOf, shop, toStandby } from './aurora-world.ts';
import { HOME, HOUR, MINUTE, SECOND, STANDBY, type World } from './world.ts';

async function seen(world: World, region: string, SourceType?: SourceType): Promise<Event[]> {
  const input = { Duration: 600, ...(SourceType === undefined ? {} : { SourceType }) };
  return (await sdkOf(world).rds(region).describeEvents(input)).Events ?? [];
}

const said = (events: readonly Event[]) => events.map((event) => event.Message);

describe('what DescribeEvents tells of a move', () => {
  it('of a switchover: a cluster’s events, whose category is global-failover', async () => {
    const world = shop();
    await sdkOf(world).rds(HOME).switchoverGlobalCluster(toStandby);
    await world.pass(5 * MINUTE);
    const target = 'DB cluster shop-standby in Region eu-central-1';
    expect(said(await seen(world, STANDBY, 'db-cluster'))).toEqual(
      expect.arrayContaining([
        `Global switchover to ${target} started.`,
        `New primary ${target} was successfully promoted.`,
        `Global switchover to ${target} finished.`,
        'Aurora finished changing the DNS name that the global writer endpoint resolves to.',
      ]),
    );
    expect(said(await seen(world, HOME, 'db-cluster'))).toEqual([
      `Global switchover to ${target} started.`,
      'Old primary DB cluster shop-home in Region eu-west-1 successfully shut down.',
      'Waiting for data synchronization across global cluster members. Current lags behind primary DB cluster: 120 ms.',
      `Global switchover to ${target} finished.`,
    ]);
    const forced = [...(await seen(world, STANDBY)), ...(await seen(world, HOME))].filter((event) =>
      event.Message?.startsWith('Global failover'),
    );
    expect(forced).toEqual([]);
    const { Events } = await sdkOf(world)
      .rds(STANDBY)
      .describeEvents({ SourceType: 'db-cluster', EventCategories: ['global-failover'], Duration: 600 });
    expect(Events).toHaveLength(4);
  });

  it('of a forced failover of a dead home: the fence timed out, as an event of the new primary’s instance', async () => {
    const world = shop();
    world.environment.setServes(HOME, false);
    await sdkOf(world).rds(STANDBY).failoverGlobalCluster(force);
    await world.pass(10 * MINUTE);
    expect(said(await seen(world, STANDBY, 'db-cluster'))).toEqual(
      expect.arrayContaining([
        'Global failover to DB cluster shop-standby in Region eu-central-1 completed.',
        'Aurora finished changing the DNS name that the global writer endpoint resolves to.',
      ]),
    );
    expect(await seen(world, STANDBY, 'db-instance')).toMatchObject([
      {
        SourceIdentifier: 'shop-standby-1',
        Message: 'Attempt to block writes for DB cluster shop-home in Region eu-west-1 timed out.',
      },
    ]);
    world.environment.setServes(HOME, true);
    await world.pass(2 * HOUR);
    const members = 'members of DB cluster shop-home in Region eu-west-1 after global failover.';
    expect(said(await seen(world, HOME, 'db-cluster'))).toEqual([
      `Started resynchronizing ${members}`,
      `Finished resynchronizing ${members}`,
    ]);
  });

  it('of a forced failover of a living home: the fence succeeded, as an event of the old primary’s instance', async () => {
    const world = shop();
    await sdkOf(world).rds(STANDBY).failoverGlobalCluster(force);
    await world.pass(10 * MINUTE);
    expect(await seen(world, STANDBY, 'db-instance')).toEqual([]);
    expect(await seen(world, HOME, 'db-instance')).toMatchObject([
      {
        SourceIdentifier: 'shop-home-1',
        Message: 'Attempt to block writes for DB cluster shop-home in Region eu-west-1 succeeded.',
      },
    ]);
  });

  it('of a switchover that a lost region ends: it failed; one that is given up was cancelled', async () => {
    const lost = shop();
    await sdkOf(lost).rds(HOME).switchoverGlobalCluster(toStandby);
    await lost.pass(30 * SECOND);
    lost.environment.setServes(HOME, false);
    await lost.pass(10 * MINUTE);
    expect(said(await seen(lost, STANDBY)).at(-1)).toBe(
      'Global switchover to DB cluster shop-standby in Region eu-central-1 failed.',
    );
    const stuck = shop();
    stuck.environment.fix('rds.switchover', Number.POSITIVE_INFINITY);
    await sdkOf(stuck).rds(HOME).switchoverGlobalCluster(toStandby);
    await stuck.pass(HOUR);
    expect(said(await seen(stuck, STANDBY)).at(-1)).toBe(
      'Global switchover to DB cluster shop-standby in Region eu-central-1 is cancelled.',
    );
  });

  it('of a failover that AWS took back: it failed', async () => {
    const world = shop();
    world.rds.faults.turnOn('failover-cancelled', {});
    await sdkOf(world).rds(STANDBY).failoverGlobalCluster(force);
    await world.pass(10 * MINUTE);
    expect(said(await seen(world, STANDBY, 'db-cluster'))).toEqual([
      'Global failover to DB cluster shop-standby in Region eu-central-1 failed.',
    ]);
  });
});

describe('the global writer endpoint', () => {
  it('follows the writer when its event says so, however long that takes', async () => {
    const world = shop();
    world.environment.fix('rds.global-dns', 10 * MINUTE);
    const { GlobalClusters } = await sdkOf(world).rds(STANDBY).describeGlobalClusters({});
    const host = GlobalClusters?.[0]?.Endpoint ?? '';
    await sdkOf(world).rds(STANDBY).failoverGlobalCluster(force);
    await world.pass(9 * MINUTE);
    expect(world.rds.acceptsWrites(STANDBY, 'shop-standby')).toBe(true);
    expect(world.rds.endpointLeadsTo(host)?.region).toBe(HOME);
    const dns = async () => said(await seen(world, STANDBY)).filter((message) => message?.includes('DNS'));
    expect(await dns()).toEqual([]);
    await world.pass(10 * MINUTE);
    expect(world.rds.endpointLeadsTo(host)?.region).toBe(STANDBY);
    expect(await dns()).toHaveLength(1);
  });
});

describe('the old primary after a managed failover', () => {
  it('is pending-resync from the failover on, also when its region is back, until it has a new volume', async () => {
    const world = shop();
    world.environment.fix('rds.resync', 20 * MINUTE);
    const home = async () =>
      (await sdkOf(world).rds(STANDBY).describeGlobalClusters({})).GlobalClusters?.[0]?.GlobalClusterMembers?.find(
        (one) => one.IsWriter === false,
      )?.SynchronizationStatus;
    world.environment.setServes(HOME, false);
    await sdkOf(world).rds(STANDBY).failoverGlobalCluster(force);
    await world.pass(10 * MINUTE);
    expect(await home()).toBe('pending-resync');
    world.environment.setServes(HOME, true);
    await world.pass(15 * MINUTE);
    expect(await home()).toBe('pending-resync');
    await world.pass(20 * MINUTE);
    expect(await home()).toBe('connected');
  });
});
