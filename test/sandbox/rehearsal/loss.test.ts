import { describe, expect, test } from 'vitest';
import { createApplication } from '../../../sandbox/application/application.ts';
import { lost_ms } from '../../../sandbox/rehearsal/measure.ts';
import { total_ms, union, without } from '../../../sandbox/rehearsal/spans.ts';
import { seeded } from '../../../simulator/random.ts';
import { force, sdkOf, shop } from '../../simulator/compute/aurora-world.ts';
import { HOME, MINUTE, SECOND, STANDBY, STANDBY_ARN } from '../../simulator/compute/world.ts';

const CLUSTERS: Readonly<Record<string, string>> = { [HOME]: 'shop-home', [STANDBY]: 'shop-standby' };

/** An application whose tasks run in both regions and write through `endpoint`, on the simulated Aurora. */
function opened(endpoint: 'global' | 'own') {
  const world = shop();
  const { rds, clock, environment } = world;
  const serving = new Set([HOME]);
  const clusterIn = (region: string) => CLUSTERS[region] ?? '';
  const application = createApplication({
    environment,
    clock,
    random: seeded('loss'),
    regions: [HOME, STANDBY].map((region) => ({ region, loadBalancer: region, address: region, hostedZoneId: 'Z' })),
    servingTasks: (region) => (serving.has(region) ? 1 : 0),
    balancerAnswers: () => undefined,
    acceptsWrites: (region) => rds.acceptsWrites(region, clusterIn(region)),
    writerEndpointRegion: (region) =>
      endpoint === 'own' ? region : rds.endpointLeadsTo(rds.globalEndpointOf('shop') ?? '')?.region,
    forwardsTo: (region) => rds.forwardsTo(region, clusterIn(region))?.region,
  });
  const pass = async (duration_ms: number): Promise<void> => {
    for (let passed_ms = 0; passed_ms < duration_ms; passed_ms += SECOND) {
      application.touch();
      await world.pass(SECOND);
    }
    application.touch();
  };
  const set = (region: string, serves: boolean): void => {
    environment.setServes(region, serves);
    application.touch();
  };
  const lost = () => lost_ms({ application, services: { rds } }, 'shop');
  return { world, application, serving, pass, set, lost, sdk: sdkOf(world).rds };
}

describe('the true loss', () => {
  test('is the lag at the disaster, where home died at once', async () => {
    const { pass, set, lost, sdk } = opened('global');
    await pass(MINUTE);
    expect(lost()).toBe(0);
    set(HOME, false);
    await pass(2 * MINUTE);
    await sdk(STANDBY).failoverGlobalCluster(force);
    await pass(10 * MINUTE);
    expect(lost()).toBe(120);
  });

  test('counts what an old writer acknowledged after the move, and once where both regions wrote to it', async () => {
    const { world, serving, pass, lost, sdk } = opened('own');
    await pass(MINUTE);
    await sdk(STANDBY).removeFromGlobalCluster({ GlobalClusterIdentifier: 'shop', DbClusterIdentifier: STANDBY_ARN });
    serving.add(STANDBY);
    await pass(6 * MINUTE);
    // Two regions take writes: the standby's own survive, home's do not.
    expect(world.rds.acceptingWrites()).toHaveLength(2);
    const before_ms = lost();
    await pass(3 * MINUTE);
    expect(lost()).toBe(before_ms + 3 * MINUTE);
    serving.delete(HOME);
    await pass(SECOND);
    const fenced_ms = lost();
    await pass(5 * MINUTE);
    expect(lost()).toBe(fenced_ms);
  });

  test('counts what the standby’s tasks wrote through the global writer endpoint to the old writer', async () => {
    const { world, serving, pass, lost, sdk } = opened('global');
    // Aurora's fence times out, and the endpoint follows late.
    world.environment.fix('rds.write-fence', Number.POSITIVE_INFINITY);
    world.environment.fix('rds.rejoin', Number.POSITIVE_INFINITY);
    world.environment.fix('rds.failover', 2 * MINUTE);
    world.environment.fix('rds.failover-verify', 10 * SECOND);
    world.environment.fix('rds.global-dns', 5 * MINUTE);
    await pass(MINUTE);
    await sdk(STANDBY).failoverGlobalCluster(force);
    serving.delete(HOME);
    serving.add(STANDBY);
    await pass(MINUTE);
    // Home's own tasks have stopped: the standby's write across the regions.
    await pass(10 * MINUTE);
    // From the cut, 10 s after the call, until the endpoint followed the writer, and the lag before the cut.
    const expected_ms = 2 * MINUTE + 5 * MINUTE - 10 * SECOND + 120;
    expect(Math.abs(lost() - expected_ms)).toBeLessThanOrEqual(SECOND);
  });

  test('is one loss where the tasks of both regions wrote to the old writer at once', async () => {
    const { world, serving, pass, lost, sdk } = opened('global');
    world.environment.fix('rds.write-fence', Number.POSITIVE_INFINITY);
    world.environment.fix('rds.rejoin', Number.POSITIVE_INFINITY);
    world.environment.fix('rds.failover-verify', 10 * SECOND);
    world.environment.fix('rds.failover', 2 * MINUTE);
    world.environment.fix('rds.global-dns', 0);
    await pass(MINUTE);
    serving.add(STANDBY);
    await sdk(STANDBY).failoverGlobalCluster(force);
    await pass(10 * MINUTE);
    expect(Math.abs(lost() - (110 * SECOND + 120))).toBeLessThanOrEqual(SECOND);
  });

  test('counts what the standby’s tasks wrote through write forwarding until the cut, and nothing after it', async () => {
    const { world, application, serving, pass, lost, sdk } = opened('own');
    const standby = { DBClusterIdentifier: 'shop-standby', EnableGlobalWriteForwarding: true };
    await sdk(STANDBY).modifyDBCluster(standby);
    await pass(2 * MINUTE);
    serving.add(STANDBY);
    expect(application.write(STANDBY)).toEqual({ served: true, region: STANDBY, writer: HOME });
    serving.delete(HOME);
    world.rds.setLag_ms('shop', 30 * SECOND);
    world.environment.fix('rds.failover-verify', 10 * SECOND);
    world.environment.fix('rds.write-fence', Number.POSITIVE_INFINITY);
    await pass(MINUTE);
    await sdk(STANDBY).failoverGlobalCluster(force);
    await pass(10 * MINUTE);
    expect(application.write(STANDBY)).toEqual({ served: true, region: STANDBY, writer: STANDBY });
    // What was written through home in the 30 s before the cut had not come back.
    expect(Math.abs(lost() - 30 * SECOND)).toBeLessThanOrEqual(SECOND);
  });

  test('is nothing after a failover that AWS took back', async () => {
    const { world, pass, lost, sdk } = opened('global');
    world.rds.faults.turnOn('failover-cancelled', {});
    await pass(MINUTE);
    await sdk(STANDBY).failoverGlobalCluster(force);
    await pass(10 * MINUTE);
    expect(lost()).toBe(0);
  });
});

describe('spans of time', () => {
  const span = (from_ms: number, to_ms: number) => ({ from_ms, to_ms });

  test('that overlap or touch are one', () => {
    expect(union([span(5, 9), span(0, 3), span(3, 4), span(6, 7), span(8, 8)])).toEqual([span(0, 4), span(5, 9)]);
  });

  test('lose what others cover, in the middle and at either end', () => {
    const left = without([span(0, 10), span(20, 30)], [span(4, 6), span(25, Number.POSITIVE_INFINITY)]);
    expect(left).toEqual([span(0, 4), span(6, 10), span(20, 25)]);
    expect(total_ms(left)).toBe(13);
    expect(without([span(0, 10)], [span(Number.NEGATIVE_INFINITY, 10)])).toEqual([]);
  });
});
