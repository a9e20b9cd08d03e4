import {
  GetHealthCheckCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { GetBucketVersioningCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { type AddressType, addressTypes } from '../../core/alias.ts';
import type { ApplicationConfig, TrafficConfig } from '../../core/config/schema.ts';
import { cliSettings } from '../aws-account.ts';
import { plainHost } from '../discover/inventory.ts';
import { bad, type Finding, look, ok, warn } from './finding.ts';

type Stop = Extract<TrafficConfig, { strategy: 'stop' }>;
const FIX = 'fix traffic in muster.yaml, or the record in Route 53';

export function trafficLooks(area: string, app: ApplicationConfig): readonly Promise<readonly Finding[]>[] {
  const { traffic } = app;
  const records = recordLook(area, app);
  return traffic.strategy === 'stop'
    ? [records, checkLook(area, traffic), bucketLook(area, traffic, app.standby)]
    : [records];
}

function recordLook(area: string, { traffic, standby }: ApplicationConfig): Promise<readonly Finding[]> {
  const route53 = new Route53Client(cliSettings(standby));
  return look({
    area,
    thing: `hosted zone ${traffic.hostedZoneId}`,
    region: 'Route 53',
    action: 'route53:ListResourceRecordSets',
    read: () =>
      route53.send(
        new ListResourceRecordSetsCommand({
          HostedZoneId: traffic.hostedZoneId,
          StartRecordName: traffic.record,
          StartRecordType: 'A',
        }),
      ),
    judge: ({ ResourceRecordSets: sets = [] }) =>
      judgeRecords(
        area,
        traffic,
        sets.filter((each) => plainHost(each.Name ?? '') === traffic.record.toLowerCase()),
      ),
    absent: { means: 'the traffic cannot be moved', todo: FIX },
  });
}

function judgeRecords(area: string, traffic: TrafficConfig, records: readonly ResourceRecordSet[]): readonly Finding[] {
  const { record } = traffic;
  const wanted = addressTypes(traffic);
  const found = (['A', 'AAAA'] as const).flatMap((type) => {
    const ofType = records.filter((each) => each.Type === type);
    return ofType.length > 0 || wanted.includes(type) ? judgeType(area, traffic, type, ofType) : [];
  });
  if (traffic.ipv6 || !records.some((each) => each.Type === 'AAAA')) return found;
  const what = `${record} has AAAA records, and muster.yaml says nothing of IPv6`;
  const means =
    traffic.strategy === 'stop'
      ? 'the stack Stop makes no pair for them, and promote does not wait until they lead to the standby'
      : 'promote moves them too, but does not wait until they lead to the standby';
  return [...found, warn(area, { what, means, todo: 'set traffic.ipv6: true in muster.yaml' })];
}

function judgeType(
  area: string,
  traffic: TrafficConfig,
  type: AddressType,
  records: readonly ResourceRecordSet[],
): readonly Finding[] {
  const { record, home, standby } = traffic;
  const said = type === 'A' ? record : `${record} (AAAA)`;
  if (records.length === 0) {
    return [
      bad(area, {
        what: `${record} has no ${type} record in ${traffic.hostedZoneId}`,
        means: 'the traffic cannot be moved',
        todo: FIX,
      }),
    ];
  }
  const leadsTo = (one: ResourceRecordSet | undefined, target: string): boolean =>
    plainHost(one?.AliasTarget?.DNSName ?? '') === target.toLowerCase();
  if (traffic.strategy === 'record') {
    const fits = records.some((each) => leadsTo(each, home.target) || leadsTo(each, standby.target));
    if (fits) return [ok(area, `${said} leads to a load balancer of muster.yaml`)];
    return [
      bad(area, {
        what: `${said} leads to neither target of muster.yaml`,
        means: 'a promote would move it away from what serves now',
        todo: FIX,
      }),
    ];
  }
  const primary = records.find((each) => each.Failover === 'PRIMARY');
  const secondary = records.find((each) => each.Failover === 'SECONDARY');
  const wrong = [
    ...(leadsTo(primary, home.target) ? [] : [`PRIMARY does not lead to ${home.target}`]),
    ...(leadsTo(secondary, standby.target) ? [] : [`SECONDARY does not lead to ${standby.target}`]),
    ...(primary?.HealthCheckId === traffic.healthCheckId
      ? []
      : [`PRIMARY does not use the health check ${traffic.healthCheckId}`]),
    ...(secondary?.HealthCheckId === undefined
      ? []
      : ['SECONDARY has a health check: Route 53 would answer PRIMARY when it fails']),
    ...([primary, secondary].some((each) => each?.AliasTarget?.EvaluateTargetHealth === true)
      ? ['evaluate target health is on: it would fail over without a promote']
      : []),
  ];
  if (wrong.length === 0) return [ok(area, `${said} is a failover pair as the strategy stop needs it`)];
  return [
    bad(area, {
      what: `${said}: ${wrong.join('; ')}`,
      means: 'writing the flag would not move the traffic as planned',
      todo: FIX,
    }),
  ];
}

function checkLook(area: string, traffic: Stop): Promise<readonly Finding[]> {
  const { healthCheckId: id, interval_s, threshold } = traffic;
  const route53 = new Route53Client(cliSettings('us-east-1'));
  const thing = `health check ${id}`;
  return look({
    area,
    thing,
    region: 'Route 53',
    action: 'route53:GetHealthCheck',
    read: () => route53.send(new GetHealthCheckCommand({ HealthCheckId: id })),
    judge: ({ HealthCheck }) => {
      const config = HealthCheck?.HealthCheckConfig;
      const wrong = [
        ...(config?.Inverted === true ? [] : ['it is not inverted']),
        ...(config?.RequestInterval === interval_s
          ? []
          : [`its interval is ${config?.RequestInterval} s, not ${interval_s}`]),
        ...(config?.FailureThreshold === threshold
          ? []
          : [`its threshold is ${config?.FailureThreshold}, not ${threshold}`]),
      ];
      if (wrong.length === 0) return [ok(area, `${thing} is inverted, every ${interval_s} s, threshold ${threshold}`)];
      const means =
        config?.Inverted === true
          ? 'the expected downtime in the dialog is wrong'
          : 'writing the flag would not move the traffic';
      const trouble = {
        what: `${thing}: ${wrong.join('; ')}`,
        means,
        todo: 'fix the health check, or traffic in muster.yaml',
      };
      return [config?.Inverted === true ? warn(area, trouble) : bad(area, trouble)];
    },
    absent: { means: 'the traffic cannot be moved', todo: 'fix traffic.healthCheckId in muster.yaml' },
  });
}

function bucketLook(area: string, { flag }: Stop, region: string): Promise<readonly Finding[]> {
  const s3 = new S3Client({ ...cliSettings(region), followRegionRedirects: false });
  const Bucket = flag.bucket;
  const thing = `flag bucket ${Bucket}`;
  const absent = {
    means: 'promote could not write the flag: the traffic would stay',
    todo: `create it in ${region}, or fix traffic.flag.bucket`,
  };
  return look({
    area,
    thing,
    region,
    action: 's3:ListBucket and s3:GetBucketVersioning',
    read: async () => {
      const { BucketRegion = region } = await s3.send(new HeadBucketCommand({ Bucket }));
      if (BucketRegion !== region) return { at: BucketRegion, versioning: undefined };
      const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket }));
      return { at: BucketRegion, versioning: Status };
    },
    judge: ({ at, versioning }) => {
      if (at !== region) return [bad(area, { what: `${thing} is in ${at}`, ...absent })];
      if (versioning === 'Enabled') return [ok(area, `${thing} is in ${region} and keeps versions`)];
      const means = 'who removed the flag, and when, cannot be seen';
      return [warn(area, { what: `${thing} keeps no versions`, means, todo: 'enable versioning' })];
    },
    absent,
  });
}
