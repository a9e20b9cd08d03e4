import type { DBCluster, DBClusterSnapshot, DBInstance, Event, Tag } from '@aws-sdk/client-rds';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, createWorld, HOME, HOME_ARN, HOUR, MINUTE, STANDBY, STANDBY_ARN, seedShop } from './world.ts';

function shop() {
  const world = createWorld();
  seedShop(world);
  const { service } = world.rds;
  return {
    world,
    ask: <Out>(action: string, region: string, input: object = {}) => world.ask<Out>(service, action, region, input),
    refusal: (action: string, region: string, input: object = {}) => world.refusal(service, action, region, input),
  };
}

describe('describe', () => {
  it('finds clusters by id, ARN and filter in their own region alone', async () => {
    const { ask, refusal } = shop();
    type Out = { DBClusters: DBCluster[] };
    const ids = async (region: string, input: object) =>
      (await ask<Out>('DescribeDBClusters', region, input)).DBClusters.map((one) => one.DBClusterIdentifier);
    expect(await ids(HOME, {})).toEqual(['shop-home']);
    expect(await ids(HOME, { DBClusterIdentifier: HOME_ARN })).toEqual(['shop-home']);
    expect(await ids(STANDBY, { Filters: [{ Name: 'db-cluster-id', Values: ['shop-standby'] }] })).toEqual([
      'shop-standby',
    ]);
    expect(await ids(STANDBY, { Filters: [{ Name: 'db-cluster-id', Values: ['shop-home'] }] })).toEqual([]);
    expect(await refusal('DescribeDBClusters', STANDBY, { DBClusterIdentifier: HOME_ARN })).toBe(
      'DBClusterNotFoundFault',
    );
    expect(await refusal('DescribeDBClusters', HOME, { Filters: [{ Name: 'colour', Values: ['red'] }] })).toBe(
      'InvalidParameterValue',
    );
    expect(await refusal('DescribeDBClusters', HOME, { MaxRecords: 5 })).toBe('InvalidParameterValue');
  });

  it('shows the members of a cluster and the source of a secondary', async () => {
    const { ask } = shop();
    const { DBClusters } = await ask<{ DBClusters: DBCluster[] }>('DescribeDBClusters', STANDBY);
    expect(DBClusters[0]).toMatchObject({
      ReplicationSourceIdentifier: HOME_ARN,
      GlobalClusterIdentifier: 'shop',
      DBClusterMembers: [{ DBInstanceIdentifier: 'shop-standby-1', IsClusterWriter: true }],
    });
    const filter = { Filters: [{ Name: 'db-cluster-id', Values: [STANDBY_ARN] }] };
    const { DBInstances } = await ask<{ DBInstances: DBInstance[] }>('DescribeDBInstances', STANDBY, filter);
    expect(DBInstances.map((one) => [one.DBInstanceIdentifier, one.DBInstanceStatus])).toEqual([
      ['shop-standby-1', 'available'],
    ]);
  });
});

describe('deleting', () => {
  it('is refused while the cluster is protected, is a member, or has instances', async () => {
    const { ask, refusal, world } = shop();
    await ask('ModifyDBCluster', STANDBY, { DBClusterIdentifier: 'shop-standby', DeletionProtection: true });
    const remove = { DBClusterIdentifier: 'shop-standby', SkipFinalSnapshot: true };
    expect(await refusal('DeleteDBCluster', STANDBY, remove)).toBe('InvalidParameterCombination');
    await ask('ModifyDBCluster', STANDBY, { DBClusterIdentifier: 'shop-standby', DeletionProtection: false });
    expect(await refusal('DeleteDBCluster', STANDBY, remove)).toBe('InvalidDBClusterStateFault');
    const both = { ...remove, FinalDBSnapshotIdentifier: 'final' };
    expect(await refusal('DeleteDBCluster', STANDBY, both)).toBe('InvalidParameterCombination');
    expect(await refusal('DeleteDBInstance', HOME, { DBInstanceIdentifier: 'shop-home-1' })).toBe(
      'InvalidDBClusterStateFault',
    );
    expect(await refusal('DeleteDBInstance', HOME, { DBInstanceIdentifier: 'nobody' })).toBe('DBInstanceNotFoundFault');
    await ask('RemoveFromGlobalCluster', STANDBY, {
      GlobalClusterIdentifier: 'shop',
      DbClusterIdentifier: STANDBY_ARN,
    });
    await world.pass(10 * MINUTE);
    expect(await refusal('DeleteDBCluster', STANDBY, remove)).toBe('InvalidDBClusterStateFault');
    await ask('DeleteDBInstance', STANDBY, { DBInstanceIdentifier: 'shop-standby-1' });
    expect(world.rds.acceptsWrites(STANDBY, 'shop-standby')).toBe(false);
    await ask('DeleteDBCluster', STANDBY, remove);
    await world.pass(10 * MINUTE);
    expect((await ask<{ DBClusters: DBCluster[] }>('DescribeDBClusters', STANDBY)).DBClusters).toEqual([]);
  });

  it('of a global cluster is refused while it is protected or has members', async () => {
    const { ask, refusal } = shop();
    const id = { GlobalClusterIdentifier: 'shop' };
    await ask('ModifyGlobalCluster', HOME, { ...id, DeletionProtection: true });
    expect(await refusal('DeleteGlobalCluster', HOME, id)).toBe('InvalidParameterCombination');
    await ask('ModifyGlobalCluster', HOME, { ...id, DeletionProtection: false });
    expect(await refusal('DeleteGlobalCluster', HOME, id)).toBe('InvalidGlobalClusterStateFault');
  });

  it('takes the rescue snapshot with it, a manual copy of it stays', async () => {
    const { ask, world } = shop();
    const force = { GlobalClusterIdentifier: 'shop', TargetDbClusterIdentifier: STANDBY_ARN, AllowDataLoss: true };
    await ask('FailoverGlobalCluster', STANDBY, force);
    await world.pass(HOUR);
    type Out = { DBClusterSnapshots: DBClusterSnapshot[] };
    const rescue = (await ask<Out>('DescribeDBClusterSnapshots', HOME)).DBClusterSnapshots[0];
    await ask('CopyDBClusterSnapshot', HOME, {
      SourceDBClusterSnapshotIdentifier: rescue?.DBClusterSnapshotIdentifier,
      TargetDBClusterSnapshotIdentifier: 'kept',
    });
    await world.pass(10 * MINUTE);
    await ask('RemoveFromGlobalCluster', HOME, { GlobalClusterIdentifier: 'shop', DbClusterIdentifier: HOME_ARN });
    await world.pass(10 * MINUTE);
    await ask('DeleteDBInstance', HOME, { DBInstanceIdentifier: 'shop-home-1' });
    await ask('DeleteDBCluster', HOME, { DBClusterIdentifier: 'shop-home', SkipFinalSnapshot: true });
    await world.pass(20 * MINUTE);
    const left = (await ask<Out>('DescribeDBClusterSnapshots', HOME)).DBClusterSnapshots;
    expect(left.map((one) => [one.DBClusterSnapshotIdentifier, one.Status])).toEqual([['kept', 'available']]);
  });
});

describe('snapshots', () => {
  const wanted = { DBClusterIdentifier: 'shop-home', DBClusterSnapshotIdentifier: 'before' };

  it('are usable only when available, and their names are taken once', async () => {
    const { ask, refusal, world } = shop();
    const made = await ask<{ DBClusterSnapshot: DBClusterSnapshot }>('CreateDBClusterSnapshot', HOME, wanted);
    expect(made.DBClusterSnapshot.Status).toBe('creating');
    expect(await refusal('CreateDBClusterSnapshot', HOME, wanted)).toBe('DBClusterSnapshotAlreadyExistsFault');
    const remove = { DBClusterSnapshotIdentifier: 'before' };
    expect(await refusal('DeleteDBClusterSnapshot', HOME, remove)).toBe('InvalidDBClusterSnapshotStateFault');
    await world.pass(6 * MINUTE);
    await ask('DeleteDBClusterSnapshot', HOME, remove);
    expect(await refusal('DescribeDBClusterSnapshots', HOME, remove)).toBe('DBClusterSnapshotNotFoundFault');
  });

  it('make no progress while their region does not serve', async () => {
    const { ask, world } = shop();
    await ask('CreateDBClusterSnapshot', HOME, wanted);
    world.environment.setServes(HOME, false);
    await world.pass(HOUR);
    const status = async () => {
      const out = await ask<{ DBClusterSnapshots: DBClusterSnapshot[] }>('DescribeDBClusterSnapshots', HOME);
      return out.DBClusterSnapshots[0]?.Status;
    };
    expect(await status()).toBe('creating');
    world.environment.setServes(HOME, true);
    await world.pass(6 * MINUTE);
    expect(await status()).toBe('available');
  });

  it('cross regions only with a key of the other region', async () => {
    const { ask, refusal, world } = shop();
    await ask('CreateDBClusterSnapshot', HOME, wanted);
    await world.pass(6 * MINUTE);
    const copy = {
      SourceDBClusterSnapshotIdentifier: `arn:aws:rds:${HOME}:${ACCOUNT}:cluster-snapshot:before`,
      TargetDBClusterSnapshotIdentifier: 'far',
    };
    expect(await refusal('CopyDBClusterSnapshot', STANDBY, copy)).toBe('InvalidParameterCombination');
    await ask('CopyDBClusterSnapshot', STANDBY, { ...copy, KmsKeyId: 'key-1' });
    await world.pass(11 * MINUTE);
    const out = await ask<{ DBClusterSnapshots: DBClusterSnapshot[] }>('DescribeDBClusterSnapshots', STANDBY);
    expect(out.DBClusterSnapshots).toMatchObject([{ DBClusterSnapshotIdentifier: 'far', Status: 'available' }]);
  });
});

it('tags are added over those of the same key', async () => {
  const { ask, refusal } = shop();
  const tag = (Key: string, Value: string): object => ({ ResourceName: HOME_ARN, Tags: [{ Key, Value }] });
  await ask('AddTagsToResource', HOME, tag('owner', 'ana'));
  await ask('AddTagsToResource', HOME, tag('owner', 'ben'));
  const { TagList } = await ask<{ TagList: Tag[] }>('ListTagsForResource', HOME, { ResourceName: HOME_ARN });
  expect(TagList).toEqual([{ Key: 'owner', Value: 'ben' }]);
  expect(await refusal('ListTagsForResource', HOME, { ResourceName: 'shop-home' })).toBe('InvalidParameterValue');
});

it('events are those of the region and of the last hour, and take a source with its type', async () => {
  const { ask, refusal, world } = shop();
  const input = { GlobalClusterIdentifier: 'shop', TargetDbClusterIdentifier: STANDBY_ARN };
  await ask('SwitchoverGlobalCluster', HOME, input);
  await world.pass(5 * MINUTE);
  const messages = async (region: string, more: object = {}) =>
    (await ask<{ Events: Event[] }>('DescribeEvents', region, more)).Events.map((event) => event.Message);
  const homeOnly = 'Old primary DB cluster shop-home in Region eu-west-1 successfully shut down.';
  expect(await messages(HOME, { EventCategories: ['global-failover'] })).toContain(homeOnly);
  expect(await messages(STANDBY)).not.toContain(homeOnly);
  expect(await messages(HOME, { EventCategories: ['backup'] })).toEqual([]);
  expect(await refusal('DescribeEvents', HOME, { SourceIdentifier: 'shop-home' })).toBe('InvalidParameterCombination');
  await world.pass(2 * HOUR);
  expect(await messages(HOME)).toEqual([]);
  expect((await messages(HOME, { Duration: 180 })).length).toBeGreaterThan(2);
});

it('a member that is not simulated is refused by name, not ignored', async () => {
  const { refusal } = shop();
  const upgrade = { DBClusterIdentifier: 'shop-home', EngineVersion: '17.1' };
  expect(await refusal('ModifyDBCluster', HOME, upgrade)).toBe('NotImplemented');
});
