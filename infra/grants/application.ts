import type { ApplicationConfig, ServiceConfig } from '../../core/config/schema.ts';
import { arn, type DeploymentTarget, globalArn } from '../deployment-target.ts';
import { type Grant, grant } from './grant.ts';

/**
 * Rights to the applications that `muster.yaml` names, each by its own name where the Service Authorization Reference
 * gives the action a resource type (https://docs.aws.amazon.com/service-authorization/latest/reference/).
 */
export type Side = 'home' | 'standby';
export const BOTH: readonly Side[] = ['home', 'standby'];

const applications = (deployment: DeploymentTarget): readonly ApplicationConfig[] =>
  Object.values(deployment.config.applications);
const unique = (list: readonly string[]): readonly string[] => [...new Set(list)];
const allOf = (
  deployment: DeploymentTarget,
  sides: readonly Side[],
  find: (app: ApplicationConfig, side: Side) => readonly string[],
) => unique(applications(deployment).flatMap((app) => sides.flatMap((side) => find(app, side))));

/** `*` where AWS offers nothing finer, only when the configuration has such a thing at all. */
const everything = (sid: string, actions: readonly string[], needed: boolean, pattern: string): readonly Grant[] =>
  needed ? [{ sid, actions, resources: ['*'], pattern }] : [];

type Ecs = Extract<ServiceConfig, { kind: 'ecs' }>;
const ecs = (app: ApplicationConfig): readonly Ecs[] => app.services.filter((service) => service.kind === 'ecs');
const ecsServices = (deployment: DeploymentTarget, sides: readonly Side[]): readonly string[] =>
  allOf(deployment, sides, (app, side) =>
    ecs(app).map((service) => arn('ecs', app[side], `service/${service[side].cluster}/${service[side].service}`)),
  );
const ec2Groups = (deployment: DeploymentTarget, sides: readonly Side[]): readonly string[] =>
  allOf(deployment, sides, (app, side) =>
    app.services.flatMap((service) =>
      service.kind === 'ec2'
        ? [arn('autoscaling', app[side], `autoScalingGroup:*:autoScalingGroupName/${service[side].group}`)]
        : [],
    ),
  );

/** What runs, and what is healthy. */
export function seeCapacity(deployment: DeploymentTarget, sides: readonly Side[]): readonly Grant[] {
  const services = applications(deployment).flatMap((app) => app.services);
  const targeted = services.some((service) => sides.some((side) => service[side].targetGroupArn !== undefined));
  const kinds = new Set(services.map((service) => service.kind));
  return [
    ...grant({ sid: 'SeeServices', actions: ['ecs:DescribeServices'], resources: ecsServices(deployment, sides) }),
    ...everything(
      'SeeScaling',
      ['application-autoscaling:DescribeScalableTargets'],
      kinds.has('ecs'),
      'DescribeScalableTargets has no resource-level permission',
    ),
    ...everything(
      'SeeGroups',
      ['autoscaling:DescribeAutoScalingGroups'],
      kinds.has('ec2'),
      'DescribeAutoScalingGroups has no resource-level permission',
    ),
    ...everything(
      'SeeTargets',
      ['elasticloadbalancing:DescribeTargetHealth'],
      targeted,
      'the Describe actions of Elastic Load Balancing have no resource-level permissions',
    ),
  ];
}

/** Sets min, max and desired. */
export function setCapacity(deployment: DeploymentTarget, sides: readonly Side[]): readonly Grant[] {
  return [
    ...grant({ sid: 'SetServices', actions: ['ecs:UpdateService'], resources: ecsServices(deployment, sides) }),
    ...grant({
      sid: 'SetScaling',
      actions: ['application-autoscaling:RegisterScalableTarget'],
      resources: allOf(deployment, sides, (app, side) =>
        ecs(app).length === 0 ? [] : [arn('application-autoscaling', app[side], 'scalable-target/*')],
      ),
      conditions: {
        StringEquals: {
          'application-autoscaling:service-namespace': 'ecs',
          'application-autoscaling:scalable-dimension': 'ecs:service:DesiredCount',
        },
      },
      pattern: 'a scalable target’s ARN holds an id that AWS makes up',
    }),
    ...grant({
      sid: 'SetGroups',
      actions: ['autoscaling:UpdateAutoScalingGroup'],
      resources: ec2Groups(deployment, sides),
      pattern: 'a group’s ARN holds an id that AWS makes up beside its name',
    }),
  ];
}

/** Replaces tasks that may hold connections to a writer that is gone, where `restartTasks` says so. */
export function replaceTasks(deployment: DeploymentTarget, sides: readonly Side[]): readonly Grant[] {
  const of = (find: (app: ApplicationConfig, service: Ecs, side: Side) => string): readonly string[] =>
    allOf(deployment, sides, (app, side) => (app.restartTasks ? ecs(app).map((one) => find(app, one, side)) : []));
  const services = of((app, s, side) => arn('ecs', app[side], `service/${s[side].cluster}/${s[side].service}`));
  const clusters = of((app, s, side) => arn('ecs', app[side], `cluster/${s[side].cluster}`));
  return [
    ...grant({
      sid: 'Redeploy',
      actions: ['ecs:DescribeServices', 'ecs:UpdateService'],
      resources: services,
    }),
    ...everything(
      'ListTasks',
      ['ecs:ListTasks'],
      clusters.length > 0,
      'ListTasks knows container instances only; the cluster is its condition',
    ).map((one) => ({ ...one, conditions: { ArnEquals: { 'ecs:cluster': clusters } } })),
    ...grant({
      sid: 'ReplaceTasks',
      actions: ['ecs:DescribeTasks', 'ecs:StopTask'],
      resources: of((app, s, side) => arn('ecs', app[side], `task/${s[side].cluster}/*`)),
      pattern: 'tasks get their ids when they start',
    }),
  ];
}

type Aurora = Extract<ApplicationConfig['database'], { kind: 'aurora-global' }>;
const databases = (
  deployment: DeploymentTarget,
): readonly { readonly app: ApplicationConfig; readonly database: Aurora }[] =>
  applications(deployment).flatMap((app) =>
    app.database.kind === 'aurora-global' ? [{ app, database: app.database }] : [],
  );
/** Global clusters belong to no region. */
const globalClusters = (deployment: DeploymentTarget): readonly string[] =>
  databases(deployment).map(({ database }) => arn('rds', '', `global-cluster:${database.globalCluster}`));
const clusters = (deployment: DeploymentTarget, sides: readonly Side[]): readonly string[] =>
  databases(deployment).flatMap(({ app, database }) => sides.map((s) => arn('rds', app[s], `cluster:${database[s]}`)));

/** Clusters and their instances. */
export function seeClusters(deployment: DeploymentTarget, sides: readonly Side[]): readonly Grant[] {
  return [
    ...grant({ sid: 'SeeClusters', actions: ['rds:DescribeDBClusters'], resources: clusters(deployment, sides) }),
    ...grant({
      sid: 'SeeInstances',
      actions: ['rds:DescribeDBInstances'],
      resources: unique(databases(deployment).flatMap(({ app }) => sides.map((side) => arn('rds', app[side], 'db:*')))),
      pattern: 'instances are asked for by their cluster: a filter, which IAM does not see',
    }),
  ];
}

export function seeDatabase(deployment: DeploymentTarget, sides: readonly Side[]): readonly Grant[] {
  return [
    ...grant({
      sid: 'SeeGlobal',
      actions: ['rds:DescribeGlobalClusters'],
      resources: globalClusters(deployment),
    }),
    ...seeClusters(deployment, sides),
    ...everything(
      'SeeMetrics',
      ['cloudwatch:GetMetricData'],
      databases(deployment).length > 0,
      'GetMetricData has no resource-level permission',
    ),
  ];
}

/** Switchover, failover, detach: of the configured clusters. Nobody may delete one. */
export function moveDatabase(deployment: DeploymentTarget): readonly Grant[] {
  return grant({
    sid: 'MoveDatabase',
    actions: ['rds:SwitchoverGlobalCluster', 'rds:FailoverGlobalCluster', 'rds:RemoveFromGlobalCluster'],
    resources: databases(deployment).length === 0 ? [] : [...globalClusters(deployment), ...clusters(deployment, BOTH)],
  });
}

type Stop = Extract<ApplicationConfig['traffic'], { strategy: 'stop' }>;
const stops = (deployment: DeploymentTarget): readonly Stop[] =>
  applications(deployment).flatMap(({ traffic }) => (traffic.strategy === 'stop' ? [traffic] : []));
const healthChecks = (deployment: DeploymentTarget): readonly string[] =>
  stops(deployment).map((traffic) => globalArn('route53', `healthcheck/${traffic.healthCheckId}`));

/** The flag is written and never removed: only failback will remove it. */
export function setFlags(deployment: DeploymentTarget): readonly Grant[] {
  const buckets = unique(stops(deployment).map(({ flag }) => globalArn('s3', flag.bucket)));
  const objects = stops(deployment).map(({ flag }) => globalArn('s3', `${flag.bucket}/${flag.key}`));
  return [
    ...grant({ sid: 'Flags', actions: ['s3:GetObject', 's3:PutObject'], resources: objects }),
    // Without it a flag that is not there answers 403 instead of 404 (S3 API reference, HeadObject).
    ...grant({ sid: 'FlagsAbsent', actions: ['s3:ListBucket'], resources: buckets }),
  ];
}

/** The right to look at an object is the right to read it; to see its absence takes the right to list the bucket. */
export const seeFlag = ({ bucket, key }: { readonly bucket: string; readonly key: string }): readonly Grant[] => [
  { sid: 'Flag', actions: ['s3:GetObject'], resources: [globalArn('s3', `${bucket}/${key}`)] },
  { sid: 'FlagAbsent', actions: ['s3:ListBucket'], resources: [globalArn('s3', bucket)] },
];

/** The alarms that a verification looks at. */
export const seeAlarms = (deployment: DeploymentTarget): readonly Grant[] =>
  grant({
    sid: 'SeeAlarms',
    actions: ['cloudwatch:DescribeAlarms'],
    resources: allOf(deployment, ['standby'], (app) =>
      app.verify.alarms.map((name) => arn('cloudwatch', app.standby, `alarm:${name}`)),
    ),
  });

export const seeHealthChecks = (deployment: DeploymentTarget): readonly Grant[] =>
  grant({ sid: 'SeeHealthChecks', actions: ['route53:GetHealthCheck'], resources: healthChecks(deployment) });

export const pinHealthChecks = (deployment: DeploymentTarget): readonly Grant[] =>
  grant({ sid: 'PinHealthChecks', actions: ['route53:UpdateHealthCheck'], resources: healthChecks(deployment) });

/** Strategy `record`: the application's own A and AAAA records, UPSERT only. */
export function changeRecords(deployment: DeploymentTarget): readonly Grant[] {
  const records = applications(deployment).flatMap(({ traffic }) => (traffic.strategy === 'record' ? [traffic] : []));
  const zones = unique(records.map((traffic) => globalArn('route53', `hostedzone/${traffic.hostedZoneId}`)));
  return [
    ...grant({ sid: 'SeeRecords', actions: ['route53:ListResourceRecordSets'], resources: zones }),
    ...grant({
      sid: 'ChangeRecords',
      actions: ['route53:ChangeResourceRecordSets'],
      resources: zones,
      conditions: {
        'ForAllValues:StringEquals': {
          'route53:ChangeResourceRecordSetsNormalizedRecordNames': records.map((t) => t.record.toLowerCase()),
          'route53:ChangeResourceRecordSetsRecordTypes': ['A', 'AAAA'],
          'route53:ChangeResourceRecordSetsActions': ['UPSERT'],
        },
      },
    }),
  ];
}

/** Default actions of the configured listeners. */
export function switchListeners(deployment: DeploymentTarget): readonly Grant[] {
  const listeners = applications(deployment).flatMap(({ listener }) => (listener === undefined ? [] : [listener.arn]));
  return [
    ...everything(
      'SeeListeners',
      ['elasticloadbalancing:DescribeListeners'],
      listeners.length > 0,
      'the Describe actions of Elastic Load Balancing have no resource-level permissions',
    ),
    ...grant({ sid: 'SetListeners', actions: ['elasticloadbalancing:ModifyListener'], resources: listeners }),
  ];
}

const scheduleRoles = (deployment: DeploymentTarget, sides: readonly Side[]): readonly string[] =>
  allOf(deployment, sides, (app, side) =>
    app.workers.flatMap((worker) =>
      worker.kind === 'schedule' ? [arn('iam', '', `role/${worker[side].roleName}`)] : [],
    ),
  );

type WorkerKind = ApplicationConfig['workers'][number]['kind'];
const workersOf = (deployment: DeploymentTarget, sides: readonly Side[], kind: WorkerKind): readonly string[] =>
  allOf(deployment, sides, (app, side) =>
    app.workers.flatMap((worker) => (worker.kind === kind ? [workerArn(app[side], worker, side)] : [])),
  );

/**
 * Rules, schedules and event source mappings that must work in one region only. Home's are switched off and the standby's
 * on: a rule has an action for each way, the other kinds have one for both.
 */
export function switchWorkers(deployment: DeploymentTarget, sides: readonly Side[]): readonly Grant[] {
  const of = (kind: WorkerKind, among = sides): readonly string[] => workersOf(deployment, among, kind);
  const only = (wanted: Side): readonly Side[] => sides.filter((side) => side === wanted);
  return [
    ...grant({ sid: 'Rules', actions: ['events:DescribeRule'], resources: of('eventbridge-rule') }),
    ...grant({ sid: 'RulesOff', actions: ['events:DisableRule'], resources: of('eventbridge-rule', only('home')) }),
    ...grant({ sid: 'RulesOn', actions: ['events:EnableRule'], resources: of('eventbridge-rule', only('standby')) }),
    ...grant({
      sid: 'Schedules',
      actions: ['scheduler:GetSchedule', 'scheduler:UpdateSchedule'],
      resources: of('schedule'),
    }),
    // UpdateSchedule hands the schedule its own role again (EventBridge Scheduler, "Using identity-based policies").
    ...grant({
      sid: 'ScheduleRoles',
      actions: ['iam:PassRole'],
      resources: scheduleRoles(deployment, sides),
      conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
    }),
    ...grant({
      sid: 'Mappings',
      actions: ['lambda:GetEventSourceMapping', 'lambda:UpdateEventSourceMapping'],
      resources: of('event-source-mapping'),
    }),
  ];
}

function workerArn(region: string, worker: ApplicationConfig['workers'][number], side: Side): string {
  switch (worker.kind) {
    case 'eventbridge-rule': {
      const { name, bus } = worker[side];
      return arn('events', region, bus === 'default' ? `rule/${name}` : `rule/${bus}/${name}`);
    }
    case 'schedule':
      return arn('scheduler', region, `schedule/${worker[side].group}/${worker[side].name}`);
    case 'event-source-mapping':
      return arn('lambda', region, `event-source-mapping:${worker[side].uuid}`);
  }
}
