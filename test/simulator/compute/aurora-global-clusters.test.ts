import { describe, expect, it } from 'vitest';
import { force, refused, sdkOf, shop } from './aurora-world.ts';
import { createWorld, HOME, HOME_ARN, MINUTE, STANDBY, STANDBY_ARN } from './world.ts';

/** A region without a member. */
const ELSEWHERE = 'ap-south-1';

describe('DescribeGlobalClusters', () => {
  it('is answered in every region, with and without a member there', async () => {
    const { rds } = sdkOf(shop());
    for (const region of [HOME, STANDBY, ELSEWHERE]) {
      const { GlobalClusters } = await rds(region).describeGlobalClusters({ GlobalClusterIdentifier: 'shop' });
      expect(GlobalClusters?.[0]?.GlobalClusterMembers?.map((one) => one.DBClusterArn)).toEqual([
        HOME_ARN,
        STANDBY_ARN,
      ]);
    }
    expect(await refused(rds(HOME).describeGlobalClusters({ GlobalClusterIdentifier: 'ghost' }))).toBe(
      'GlobalClusterNotFoundFault',
    );
  });

  it('is answered where the cluster has left, with whoever is still a member', async () => {
    const world = shop();
    const { rds } = sdkOf(world);
    const leave = { GlobalClusterIdentifier: 'shop', DbClusterIdentifier: STANDBY_ARN };
    await rds(STANDBY).removeFromGlobalCluster(leave);
    await world.pass(6 * MINUTE);
    const { GlobalClusters } = await rds(STANDBY).describeGlobalClusters({ GlobalClusterIdentifier: 'shop' });
    expect(GlobalClusters?.[0]?.GlobalClusterMembers).toMatchObject([{ DBClusterArn: HOME_ARN, IsWriter: true }]);
  });

  it('narrows by region: those with at least one member there, primary or secondary', async () => {
    const world = shop();
    await world.ask(world.rds.service, 'CreateGlobalCluster', HOME, {
      GlobalClusterIdentifier: 'empty',
      Engine: 'aurora-postgresql',
      EngineVersion: '16.6',
    });
    const { rds } = sdkOf(world);
    const seen = async (...regions: string[]) =>
      (
        await rds(ELSEWHERE).describeGlobalClusters({ Filters: [{ Name: 'region', Values: regions }] })
      ).GlobalClusters?.map((one) => one.GlobalClusterIdentifier);
    expect((await rds(STANDBY).describeGlobalClusters({})).GlobalClusters).toHaveLength(2);
    expect([await seen(HOME), await seen(STANDBY), await seen(ELSEWHERE), await seen(ELSEWHERE, HOME)]).toEqual([
      ['shop'],
      ['shop'],
      [],
      ['shop'],
    ]);
    expect(await refused(rds(HOME).describeGlobalClusters({ Filters: [{ Name: 'colour', Values: ['red'] }] }))).toBe(
      'InvalidParameterValue',
    );
  });
});

describe('RemoveFromGlobalCluster', () => {
  const leave = { GlobalClusterIdentifier: 'shop', DbClusterIdentifier: STANDBY_ARN };

  it('works from the region of another member', async () => {
    const world = shop();
    const { rds } = sdkOf(world);
    expect(await refused(rds(ELSEWHERE).removeFromGlobalCluster(leave))).toBe('DBClusterNotFoundFault');
    expect(await refused(rds(HOME).removeFromGlobalCluster(leave))).toBe('accepted');
    await world.pass(6 * MINUTE);
    expect(world.rds.isMember(STANDBY, 'shop-standby')).toBe(false);
    expect(world.rds.acceptsWrites(STANDBY, 'shop-standby')).toBe(true);
  });

  it('calls a cluster that is no member a wrong value, in words that tools look for', async () => {
    const world = shop();
    const { rds } = sdkOf(world);
    await rds(STANDBY).removeFromGlobalCluster(leave);
    await world.pass(6 * MINUTE);
    await expect(rds(HOME).removeFromGlobalCluster(leave)).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: expect.stringContaining('is not found in global cluster'),
      $metadata: { httpStatusCode: 400 },
    });
    // A failover to it says what its own reference says.
    expect(await refused(rds(STANDBY).failoverGlobalCluster(force))).toBe('DBClusterNotFoundFault');
    expect(await refused(rds(HOME).removeFromGlobalCluster({ ...leave, GlobalClusterIdentifier: 'ghost' }))).toBe(
      'GlobalClusterNotFoundFault',
    );
  });
});

describe('a member that is deleted', () => {
  it('is refused with one code as the primary of others, and with another as any other member', async () => {
    const world = shop();
    const { rds } = sdkOf(world);
    const remove = (id: string) => ({ DBClusterIdentifier: id, SkipFinalSnapshot: true });
    await expect(rds(HOME).deleteDBCluster(remove('shop-home'))).rejects.toMatchObject({
      name: 'InvalidGlobalClusterStateFault',
      message:
        'Unable to delete cluster that is a primary member of global cluster while there are other global cluster members',
    });
    expect(await refused(rds(STANDBY).deleteDBCluster(remove('shop-standby')))).toBe('InvalidDBClusterStateFault');
    await rds(STANDBY).removeFromGlobalCluster({ GlobalClusterIdentifier: 'shop', DbClusterIdentifier: STANDBY_ARN });
    await world.pass(6 * MINUTE);
    // The only member left is a primary without others.
    expect(await refused(rds(HOME).deleteDBCluster(remove('shop-home')))).toBe('InvalidDBClusterStateFault');
  });
});

describe('identifiers', () => {
  it('are stored in lower case, whoever writes them how, and found in any', async () => {
    const world = createWorld();
    const member = (region: string, id: string) => ({ region, id, instances: [{ id: `${id}-1`, instanceClass: 'x' }] });
    world.rds.seedGlobal({
      id: 'Shop',
      engine: 'aurora-postgresql',
      engineVersion: '16.6',
      members: [member(HOME, 'Shop-HOME'), member(STANDBY, 'Shop-Standby')],
    });
    const { rds } = sdkOf(world);
    const { GlobalClusters } = await rds(HOME).describeGlobalClusters({ GlobalClusterIdentifier: 'SHOP' });
    expect([
      GlobalClusters?.[0]?.GlobalClusterIdentifier,
      GlobalClusters?.[0]?.GlobalClusterMembers?.[0]?.DBClusterArn,
    ]).toEqual(['shop', HOME_ARN]);
    const { DBClusters } = await rds(STANDBY).describeDBClusters({ DBClusterIdentifier: 'SHOP-Standby' });
    expect(DBClusters?.[0]?.DBClusterIdentifier).toBe('shop-standby');
    const { DBInstances } = await rds(STANDBY).describeDBInstances({ DBInstanceIdentifier: 'Shop-Standby-1' });
    expect(DBInstances?.[0]?.DBInstanceIdentifier).toBe('shop-standby-1');
    // A filter compares what it is given.
    const filtered = await rds(STANDBY).describeDBInstances({
      Filters: [{ Name: 'db-cluster-id', Values: ['Shop-Standby'] }],
    });
    expect(filtered.DBInstances).toEqual([]);
    expect(world.rds.writerOf('SHOP')).toBe(HOME_ARN);
    expect(world.rds.globalEndpointOf('Shop')).toMatch(/^shop\.global-/);
    const made = await rds(STANDBY).createDBInstance({
      DBInstanceIdentifier: 'Shop-Standby-2',
      DBClusterIdentifier: 'SHOP-STANDBY',
      DBInstanceClass: 'db.r6g.large',
      Engine: 'aurora-postgresql',
    });
    expect(made.DBInstance?.DBInstanceIdentifier).toBe('shop-standby-2');
  });
});
