import type { Datapoint, MetricAlarm, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import { createWorld, HOME, MINUTE, SECOND, STANDBY, STANDBY_ARN, START_MS, seedShop, type World } from './world.ts';

function lagQuery(id: string, metricName = 'AuroraGlobalDBRPOLag') {
  const Metric = {
    Namespace: 'AWS/RDS',
    MetricName: metricName,
    Dimensions: [{ Name: 'DBClusterIdentifier', Value: id }],
  };
  return [{ Id: 'lag', MetricStat: { Metric, Period: 60, Stat: 'Maximum' } }];
}

async function lagOf(world: World, region: string, id: string): Promise<{ at_ms: number; value: number }[]> {
  const now_ms = world.clock.now_ms();
  const out = await world.ask<{ MetricDataResults: MetricDataResult[] }>(
    world.cloudwatch.service,
    'GetMetricData',
    region,
    { MetricDataQueries: lagQuery(id), StartTime: new Date(now_ms - 30 * MINUTE), EndTime: new Date(now_ms) },
  );
  const [result] = out.MetricDataResults;
  return (result?.Timestamps ?? []).map((at, index) => ({ at_ms: at.getTime(), value: result?.Values?.[index] ?? -1 }));
}

function shop(): World {
  const world = createWorld();
  seedShop(world);
  return world;
}

describe('replication lag', () => {
  it('is a data point a minute, newest first, in the region of the secondary alone', async () => {
    const world = shop();
    await world.pass(10 * MINUTE + 5 * SECOND);
    const points = await lagOf(world, STANDBY, 'shop-standby');
    expect(points.map((point) => point.value)).toEqual(Array.from({ length: 10 }, () => 120));
    expect(points[0]?.at_ms).toBe(START_MS + 9 * MINUTE);
    expect(await lagOf(world, HOME, 'shop-home')).toEqual([]);
    expect(await lagOf(world, HOME, 'shop-standby')).toEqual([]);
  });

  it('shows what it was at each minute, a minute late', async () => {
    const world = shop();
    await world.pass(2 * MINUTE + 30 * SECOND);
    world.rds.setLag_ms('shop', 9_000);
    await world.pass(MINUTE);
    expect((await lagOf(world, STANDBY, 'shop-standby')).map((point) => point.value)).toEqual([120, 120, 120]);
    await world.pass(MINUTE);
    expect((await lagOf(world, STANDBY, 'shop-standby'))[0]?.value).toBe(9_000);
  });

  it('has no data points once the primary region is lost, and has them again when it is back', async () => {
    const world = shop();
    await world.pass(5 * MINUTE + 30 * SECOND);
    world.environment.setServes(HOME, false);
    await world.pass(10 * MINUTE);
    const points = await lagOf(world, STANDBY, 'shop-standby');
    expect(points[0]?.at_ms).toBe(START_MS + 5 * MINUTE);
    expect(points).toHaveLength(6);
    world.environment.setServes(HOME, true);
    await world.pass(3 * MINUTE);
    expect((await lagOf(world, STANDBY, 'shop-standby')).length).toBeGreaterThan(6);
  });

  it('changes sides after a switchover', async () => {
    const world = shop();
    const input = { GlobalClusterIdentifier: 'shop', TargetDbClusterIdentifier: STANDBY_ARN };
    await world.ask(world.rds.service, 'SwitchoverGlobalCluster', HOME, input);
    await world.pass(10 * MINUTE);
    expect((await lagOf(world, HOME, 'shop-home')).length).toBeGreaterThan(5);
    expect((await lagOf(world, STANDBY, 'shop-standby')).length).toBeLessThan(4);
  });
});

describe('metrics that callers put', () => {
  const put = (values: readonly number[], at_ms: number) => ({
    Namespace: 'Muster',
    MetricData: values.map((Value) => ({ MetricName: 'Promotes', Value, Timestamp: new Date(at_ms) })),
  });

  it('come back as statistics of their period', async () => {
    const world = createWorld();
    await world.ask(world.cloudwatch.service, 'PutMetricData', HOME, put([2, 4], START_MS));
    await world.ask(world.cloudwatch.service, 'PutMetricData', HOME, put([9], START_MS + MINUTE));
    await world.pass(5 * MINUTE);
    const input = {
      Namespace: 'Muster',
      MetricName: 'Promotes',
      StartTime: new Date(START_MS),
      EndTime: new Date(START_MS + 5 * MINUTE),
      Period: 60,
      Statistics: ['Average', 'Sum', 'SampleCount'],
    };
    const { Datapoints } = await world.ask<{ Datapoints: Datapoint[] }>(
      world.cloudwatch.service,
      'GetMetricStatistics',
      HOME,
      input,
    );
    expect(Datapoints.map((one) => [one.Average, one.Sum, one.SampleCount])).toEqual([
      [3, 6, 2],
      [9, 9, 1],
    ]);
    const other = await world.ask<{ Datapoints: Datapoint[] }>(
      world.cloudwatch.service,
      'GetMetricStatistics',
      STANDBY,
      input,
    );
    expect(other.Datapoints).toEqual([]);
  });

  it('may not be in a namespace of AWS, and expressions are not simulated', async () => {
    const world = createWorld();
    const { service } = world.cloudwatch;
    expect(await world.refusal(service, 'PutMetricData', HOME, { ...put([1], START_MS), Namespace: 'AWS/RDS' })).toBe(
      'InvalidParameterValue',
    );
    const input = { StartTime: new Date(START_MS), EndTime: new Date(START_MS + MINUTE) };
    const expression = { ...input, MetricDataQueries: [{ Id: 'e', Expression: 'm1*2' }] };
    expect(await world.refusal(service, 'GetMetricData', HOME, expression)).toBe('NotImplemented');
    const swapped = { StartTime: input.EndTime, EndTime: input.StartTime, MetricDataQueries: lagQuery('x') };
    expect(await world.refusal(service, 'GetMetricData', HOME, swapped)).toBe('InvalidParameterValue');
  });

  it('are listed by name and dimension, beside those of the services', async () => {
    const world = shop();
    const { Metrics } = await world.ask<{ Metrics: { MetricName: string }[] }>(
      world.cloudwatch.service,
      'ListMetrics',
      STANDBY,
      { Namespace: 'AWS/RDS', Dimensions: [{ Name: 'DBClusterIdentifier', Value: 'shop-standby' }] },
    );
    expect(Metrics.map((one) => one.MetricName)).toEqual(['AuroraGlobalDBReplicationLag', 'AuroraGlobalDBRPOLag']);
  });
});

it('a seeded alarm shows the state of the moment, in its region', async () => {
  const world = createWorld();
  world.cloudwatch.seedAlarm({
    region: HOME,
    description: { AlarmName: 'shop-5xx' },
    state: (now_ms) => (now_ms > START_MS ? 'ALARM' : 'OK'),
  });
  const states = async (region: string, input: object = {}) => {
    const out = await world.ask<{ MetricAlarms: MetricAlarm[] }>(
      world.cloudwatch.service,
      'DescribeAlarms',
      region,
      input,
    );
    return out.MetricAlarms.map((alarm) => alarm.StateValue);
  };
  expect(await states(HOME)).toEqual(['OK']);
  await world.pass(SECOND);
  expect(await states(HOME, { StateValue: 'ALARM' })).toEqual(['ALARM']);
  expect(await states(HOME, { AlarmNamePrefix: 'other' })).toEqual([]);
  expect(await states(STANDBY)).toEqual([]);
});
