import { describe, expect, it } from 'vitest';
import { clusterStatus, globalOf, shop } from './aurora-world.ts';
import { ACCOUNT, HOME, HOME_ARN, HOUR, MINUTE, STANDBY, STANDBY_ARN } from './world.ts';

describe('detach', () => {
  const leave = { GlobalClusterIdentifier: 'shop', DbClusterIdentifier: STANDBY_ARN };

  it('makes the standby a writer of its own and fences nobody', async () => {
    const world = shop();
    await world.pass(MINUTE);
    const host = world.rds.globalEndpointOf('shop') ?? '';
    await world.ask(world.rds.service, 'RemoveFromGlobalCluster', STANDBY, leave);
    expect(await clusterStatus(world, STANDBY, 'shop-standby')).toBe('promoting');
    await world.pass(6 * MINUTE);
    expect(world.rds.acceptingWrites()).toHaveLength(2);
    expect((await globalOf(world, HOME)).GlobalClusterMembers).toMatchObject([
      { DBClusterArn: HOME_ARN, IsWriter: true },
    ]);
    // Every region answers, also the one whose cluster has left.
    expect((await globalOf(world, STANDBY)).GlobalClusterMembers).toHaveLength(1);
    expect(world.rds.endpointLeadsTo(host)?.region).toBe(HOME);
    const lost_ms = world.rds.dataLost_ms('shop');
    await world.pass(MINUTE);
    expect(world.rds.dataLost_ms('shop')).toBe(lost_ms + MINUTE);
  });

  it('cannot remove the primary while there are other members', async () => {
    const world = shop();
    const input = { GlobalClusterIdentifier: 'shop', DbClusterIdentifier: HOME_ARN };
    expect(await world.refusal(world.rds.service, 'RemoveFromGlobalCluster', HOME, input)).toBe(
      'InvalidGlobalClusterStateFault',
    );
  });

  it('the way back: home leaves and is deleted, a new global cluster grows from the standby', async () => {
    const world = shop();
    const { service } = world.rds;
    const ask = (action: string, region: string, input: object) => world.ask(service, action, region, input);
    await ask('RemoveFromGlobalCluster', STANDBY, leave);
    await world.pass(6 * MINUTE);
    const remove = { DBClusterIdentifier: 'shop-home', FinalDBSnapshotIdentifier: 'shop-home-final' };
    expect(await world.refusal(service, 'DeleteDBCluster', HOME, remove)).toBe('InvalidDBClusterStateFault');
    await ask('RemoveFromGlobalCluster', HOME, { GlobalClusterIdentifier: 'shop', DbClusterIdentifier: HOME_ARN });
    await world.pass(MINUTE);
    expect(await world.refusal(service, 'DeleteDBCluster', HOME, remove)).toBe('InvalidDBClusterStateFault');
    await ask('DeleteDBInstance', HOME, { DBInstanceIdentifier: 'shop-home-1', SkipFinalSnapshot: true });
    expect(await world.refusal(service, 'DeleteDBCluster', HOME, { DBClusterIdentifier: 'shop-home' })).toBe(
      'InvalidParameterCombination',
    );
    await ask('DeleteDBCluster', HOME, remove);
    await world.pass(15 * MINUTE);
    expect(await world.refusal(service, 'DescribeDBClusters', HOME, { DBClusterIdentifier: 'shop-home' })).toBe(
      'DBClusterNotFoundFault',
    );
    await ask('DeleteGlobalCluster', HOME, { GlobalClusterIdentifier: 'shop' });
    await world.pass(MINUTE);
    const source = { GlobalClusterIdentifier: 'shop', SourceDBClusterIdentifier: STANDBY_ARN };
    await ask('CreateGlobalCluster', STANDBY, source);
    const secondary = {
      DBClusterIdentifier: 'shop-home',
      Engine: 'aurora-postgresql',
      GlobalClusterIdentifier: 'shop',
      StorageEncrypted: true,
    };
    expect(await world.refusal(service, 'CreateDBCluster', HOME, secondary)).toBe('InvalidParameterCombination');
    const aws = `arn:aws:kms:${HOME}:${ACCOUNT}:alias/aws/rds`;
    expect(await world.refusal(service, 'CreateDBCluster', HOME, { ...secondary, KmsKeyId: aws })).toBe(
      'KMSKeyNotAccessibleFault',
    );
    const far = `arn:aws:kms:${STANDBY}:${ACCOUNT}:key/1`;
    expect(await world.refusal(service, 'CreateDBCluster', HOME, { ...secondary, KmsKeyId: far })).toBe(
      'KMSKeyNotAccessibleFault',
    );
    await ask('CreateDBCluster', HOME, { ...secondary, KmsKeyId: `arn:aws:kms:${HOME}:${ACCOUNT}:key/1` });
    await ask('CreateDBInstance', HOME, {
      DBInstanceIdentifier: 'shop-home-1',
      DBClusterIdentifier: 'shop-home',
      DBInstanceClass: 'db.r6g.large',
      Engine: 'aurora-postgresql',
    });
    expect((await globalOf(world)).GlobalClusterMembers?.map((one) => one.SynchronizationStatus)).toEqual([
      'connected',
      'pending-resync',
    ]);
    await world.pass(HOUR);
    expect((await globalOf(world)).GlobalClusterMembers?.map((one) => one.SynchronizationStatus)).toEqual([
      'connected',
      'connected',
    ]);
    expect(world.rds.acceptingWrites()).toEqual([{ region: STANDBY, clusterId: 'shop-standby' }]);
    const toHome = { GlobalClusterIdentifier: 'shop', TargetDbClusterIdentifier: HOME_ARN };
    await ask('SwitchoverGlobalCluster', STANDBY, toHome);
    await world.pass(3 * MINUTE);
    expect(world.rds.acceptingWrites()).toEqual([{ region: HOME, clusterId: 'shop-home' }]);
    expect(world.rds.endpointLeadsTo(world.rds.globalEndpointOf('shop') ?? '')?.region).toBe(HOME);
  });
});
