import type { GlobalCluster } from '@aws-sdk/client-rds';
import { describe, expect, it } from 'vitest';
import { force, globalOf, shop, toStandby, writerIn } from './aurora-world.ts';
import { createWorld, HOME, HOME_ARN, HOUR, MINUTE, SECOND, STANDBY, STANDBY_ARN, type World } from './world.ts';

/** Steps through virtual time; at every instant no two clusters may take writes. */
async function neverTwoWriters(world: World, duration_ms: number): Promise<number> {
  let without_ms = 0;
  for (let passed_ms = 0; passed_ms < duration_ms; passed_ms += SECOND) {
    await world.pass(SECOND);
    const writers = world.rds.acceptingWrites();
    expect(writers.length).toBeLessThanOrEqual(1);
    if (writers.length === 0) without_ms += SECOND;
  }
  return without_ms;
}

describe('switchover', () => {
  it('must be called in the region of the current primary', async () => {
    const world = shop();
    expect(await world.refusal(world.rds.service, 'SwitchoverGlobalCluster', STANDBY, toStandby)).toBe(
      'InvalidDBClusterStateFault',
    );
    expect(await world.refusal(world.rds.service, 'SwitchoverGlobalCluster', HOME, toStandby)).toBe('accepted');
  });

  it('answers first with the old writer and a pending state', async () => {
    const world = shop();
    const out = await world.ask<{ GlobalCluster: GlobalCluster }>(
      world.rds.service,
      'SwitchoverGlobalCluster',
      HOME,
      toStandby,
    );
    expect(out.GlobalCluster.Status).toBe('switching-over');
    expect(out.GlobalCluster.FailoverState).toEqual({
      Status: 'pending',
      FromDbClusterArn: HOME_ARN,
      ToDbClusterArn: STANDBY_ARN,
      IsDataLossAllowed: false,
    });
    expect(writerIn(out.GlobalCluster)).toBe(HOME_ARN);
  });

  it('loses nothing, never has two writers, and takes a minute or two', async () => {
    for (const seed of ['a', 'b', 'c', 'd']) {
      const world = shop(seed);
      await world.ask(world.rds.service, 'SwitchoverGlobalCluster', HOME, toStandby);
      const without_ms = await neverTwoWriters(world, 3 * MINUTE);
      expect(without_ms).toBeGreaterThan(10 * SECOND);
      const global = await globalOf(world);
      expect(global.Status).toBe('available');
      expect(global.FailoverState).toBeUndefined();
      expect(writerIn(global)).toBe(STANDBY_ARN);
      expect(global.GlobalClusterMembers?.map((one) => one.SynchronizationStatus)).toEqual(['connected', 'connected']);
      expect(world.rds.acceptsWrites(STANDBY, 'shop-standby')).toBe(true);
      expect(world.rds.acceptsWrites(HOME, 'shop-home')).toBe(false);
      expect(world.rds.dataLost_ms('shop')).toBe(0);
      expect(world.rds.events().map((event) => event.id)).toEqual(
        expect.arrayContaining(['0181', '0182', '0183', '0184', '0185', '0397'].map((id) => `RDS-EVENT-${id}`)),
      );
    }
  });

  it('waits for a long lag to be caught up', async () => {
    const world = shop();
    world.rds.setLag_ms('shop', 5 * MINUTE);
    await world.ask(world.rds.service, 'SwitchoverGlobalCluster', HOME, toStandby);
    await world.pass(4 * MINUTE);
    expect(world.rds.acceptingWrites()).toEqual([]);
    await world.pass(4 * MINUTE);
    expect(world.rds.acceptsWrites(STANDBY, 'shop-standby')).toBe(true);
    expect(world.rds.dataLost_ms('shop')).toBe(0);
  });

  it('is refused while the primary region does not serve', async () => {
    const world = shop();
    world.environment.setServes(HOME, false);
    expect(await world.refusal(world.rds.service, 'SwitchoverGlobalCluster', HOME, toStandby)).toBe(
      'InvalidDBClusterStateFault',
    );
  });

  it('is refused when versions differ, the target has no instance, or another change is under way', async () => {
    const different = createWorld();
    const member = (region: string, id: string) => ({ region, id, instances: [{ id: `${id}-1`, instanceClass: 'x' }] });
    const base = { engine: 'aurora-postgresql', engineVersion: '16.6' };
    different.rds.seedGlobal({
      ...base,
      id: 'shop',
      members: [member(HOME, 'shop-home'), { ...member(STANDBY, 'shop-standby'), engineVersion: '16.4' }],
    });
    expect(await different.refusal(different.rds.service, 'SwitchoverGlobalCluster', HOME, toStandby)).toBe(
      'InvalidGlobalClusterStateFault',
    );
    const headless = createWorld();
    headless.rds.seedGlobal({
      ...base,
      id: 'shop',
      members: [member(HOME, 'shop-home'), { region: STANDBY, id: 'shop-standby', instances: [] }],
    });
    expect(await headless.refusal(headless.rds.service, 'SwitchoverGlobalCluster', HOME, toStandby)).toBe(
      'InvalidDBClusterStateFault',
    );
    expect(await headless.refusal(headless.rds.service, 'FailoverGlobalCluster', STANDBY, force)).toBe(
      'InvalidDBClusterStateFault',
    );
    const busy = shop();
    await busy.ask(busy.rds.service, 'SwitchoverGlobalCluster', HOME, toStandby);
    expect(await busy.refusal(busy.rds.service, 'FailoverGlobalCluster', STANDBY, force)).toBe(
      'InvalidGlobalClusterStateFault',
    );
  });

  it('that is stuck gives up after a while and home writes again', async () => {
    const world = shop();
    world.environment.fix('rds.switchover', Number.POSITIVE_INFINITY);
    await world.ask(world.rds.service, 'SwitchoverGlobalCluster', HOME, toStandby);
    await world.pass(10 * MINUTE);
    expect(world.rds.acceptingWrites()).toEqual([]);
    expect((await globalOf(world)).FailoverState?.Status).toBe('switching-over');
    await world.pass(HOUR);
    expect(world.rds.acceptsWrites(HOME, 'shop-home')).toBe(true);
    expect((await globalOf(world)).Status).toBe('available');
    expect(world.rds.events().at(-1)?.id).toBe('RDS-EVENT-0186');
  });

  it.each([HOME, STANDBY])('that loses %s half way is cancelled, and home is the writer', async (lost) => {
    const world = shop();
    await world.ask(world.rds.service, 'SwitchoverGlobalCluster', HOME, toStandby);
    await world.pass(30 * SECOND);
    world.environment.setServes(lost, false);
    await world.pass(5 * MINUTE);
    expect((await globalOf(world)).Status).toBe('available');
    expect(world.rds.writerOf('shop')).toBe(HOME_ARN);
    world.environment.setServes(lost, true);
    expect(world.rds.acceptsWrites(HOME, 'shop-home')).toBe(true);
  });

  it('is what FailoverGlobalCluster does without AllowDataLoss', async () => {
    const world = shop();
    expect(await world.refusal(world.rds.service, 'FailoverGlobalCluster', STANDBY, toStandby)).toBe(
      'InvalidDBClusterStateFault',
    );
    await world.ask(world.rds.service, 'FailoverGlobalCluster', HOME, { ...toStandby, Switchover: true });
    expect((await globalOf(world)).Status).toBe('switching-over');
    const both = { ...force, Switchover: true };
    expect(await world.refusal(world.rds.service, 'FailoverGlobalCluster', STANDBY, both)).toBe(
      'InvalidParameterCombination',
    );
  });
});
