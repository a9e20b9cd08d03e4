import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeGlobalClustersCommand,
  FailoverGlobalClusterCommand,
  type GlobalCluster,
  RDSClient,
  RemoveFromGlobalClusterCommand,
  SwitchoverGlobalClusterCommand,
} from '@aws-sdk/client-rds';
import { NO_GLOBAL_CLUSTER } from '../../core/database-state.ts';
import type { DatabasePlan } from '../../core/plan.ts';
import {
  type ClusterObserved,
  type DatabaseObserved,
  known,
  type LagPoint,
  type Observed,
  unknown,
} from '../../core/topology.ts';
import { clientSettings, perRegion, type Reach } from './clients.ts';
import { attempt, type Failure, failureOf } from './errors.ts';

/** The global cluster as a region's control plane has it. */
type GlobalObserved = Pick<DatabaseObserved, 'status' | 'members' | 'failover' | 'globalVersion'>;

/** Aurora Global Database, seen and changed through one region's endpoint. */
export interface DatabaseClient {
  /** Undefined: there is none by that name. */
  globalCluster(id: string): Promise<GlobalObserved | undefined>;
  cluster(id: string): Promise<ClusterObserved>;
  lag(clusterId: string, now_ms: number): Promise<Observed<LagPoint>>;
  promote(plan: DatabasePlan): Promise<void>;
}

const rdsIn = perRegion((region, reach: Reach) => new RDSClient(clientSettings(region, reach)));
const metricsIn = perRegion((region, reach: Reach) => new CloudWatchClient(clientSettings(region, reach)));

export function databaseClient(region: string, reach: Reach): DatabaseClient {
  const rds = rdsIn(region, reach);
  const metrics = metricsIn(region, reach);
  return {
    globalCluster: async (id) => {
      const found = await globalClusterSeen(rds, id);
      return found === undefined ? undefined : globalObserved(found);
    },
    cluster: async (id) => {
      const [clusters, instances] = await Promise.all([
        rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id })),
        rds.send(new DescribeDBInstancesCommand({ Filters: [{ Name: 'db-cluster-id', Values: [id] }] })),
      ]);
      const cluster = clusters.DBClusters?.[0];
      if (cluster?.DBClusterArn === undefined) throw new Error(`RDS in ${region} answered without the cluster ${id}`);
      return {
        arn: cluster.DBClusterArn,
        status: cluster.Status ?? 'unknown',
        engineVersion: cluster.EngineVersion ?? 'unknown',
        instances: (instances.DBInstances ?? []).map((instance) => ({
          id: instance.DBInstanceIdentifier ?? '',
          status: instance.DBInstanceStatus ?? 'unknown',
        })),
        endpoint: cluster.Endpoint ?? '',
        memberOf: cluster.GlobalClusterIdentifier || undefined,
        source: cluster.ReplicationSourceIdentifier || undefined,
        writeForwarding: cluster.GlobalWriteForwardingStatus,
      };
    },
    lag: (clusterId, now_ms) => readLag(metrics, clusterId, now_ms),
    promote: (plan) => promote(rds, plan),
  };
}

function globalObserved(found: GlobalCluster): GlobalObserved {
  const { FailoverState: state } = found;
  return {
    status: found.Status ?? 'unknown',
    globalVersion: found.EngineVersion,
    // The object is empty where nothing is under way (RDS API reference, GlobalCluster).
    failover:
      state?.Status === undefined
        ? undefined
        : { status: state.Status, toArn: state.ToDbClusterArn, dataLossAllowed: state.IsDataLossAllowed },
    members: (found.GlobalClusterMembers ?? []).map((member) => ({
      clusterArn: member.DBClusterArn ?? '',
      region: regionOfArn(member.DBClusterArn ?? ''),
      isWriter: member.IsWriter === true,
      synchronization: member.SynchronizationStatus,
    })),
  };
}

/** Undefined: there is none by that name. */
async function globalClusterSeen(rds: RDSClient, id: string): Promise<GlobalCluster | undefined> {
  try {
    const answer = await rds.send(new DescribeGlobalClustersCommand({ GlobalClusterIdentifier: id }));
    return answer.GlobalClusters?.[0];
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind === 'refused' && failure.code.startsWith('GlobalClusterNotFound')) return undefined;
    throw error;
  }
}

/**
 * The newest data point of AuroraGlobalDBReplicationLag in the last 30 minutes, ms. It is emitted in the secondary's
 * region only (AWS facts, "Lag").
 */
async function readLag(metrics: CloudWatchClient, clusterId: string, now_ms: number): Promise<Observed<LagPoint>> {
  const answer = await metrics.send(
    new GetMetricDataCommand({
      StartTime: new Date(now_ms - 30 * 60_000),
      EndTime: new Date(now_ms),
      ScanBy: 'TimestampDescending',
      MetricDataQueries: [
        {
          Id: 'lag',
          MetricStat: {
            Metric: {
              Namespace: 'AWS/RDS',
              MetricName: 'AuroraGlobalDBReplicationLag',
              Dimensions: [{ Name: 'DBClusterIdentifier', Value: clusterId }],
            },
            Period: 60,
            Stat: 'Maximum',
          },
        },
      ],
    }),
  );
  const series = answer.MetricDataResults?.[0];
  const lag_ms = series?.Values?.[0];
  const at = series?.Timestamps?.[0];
  if (lag_ms === undefined || at === undefined) return unknown('no data point in the last 30 minutes');
  return known({ lag_ms, age_s: Math.max(0, (now_ms - at.getTime()) / 1000) });
}

/** The call that the plan names. `AllowDataLoss` and `Switchover` never go together (AWS facts). */
async function promote(rds: RDSClient, plan: DatabasePlan): Promise<void> {
  const target = { GlobalClusterIdentifier: plan.globalCluster, TargetDbClusterIdentifier: plan.targetArn };
  switch (plan.method) {
    case 'switchover':
      await rds.send(new SwitchoverGlobalClusterCommand(target));
      return;
    case 'failover':
      await rds.send(new FailoverGlobalClusterCommand({ ...target, AllowDataLoss: true }));
      return;
    case 'detach':
      await rds.send(
        new RemoveFromGlobalClusterCommand({
          GlobalClusterIdentifier: plan.globalCluster,
          DbClusterIdentifier: plan.targetArn,
        }),
      );
      return;
    default:
      throw new Error(`a plan with the method ${plan.method} calls nothing`);
  }
}

/**
 * Refusals of a move that may pass by themselves: something else is still under way (RDS API reference,
 * FailoverGlobalCluster, SwitchoverGlobalCluster and RemoveFromGlobalCluster, "Errors"). Any other code stands.
 */
const MAY_PASS = ['InvalidGlobalClusterStateFault', 'InvalidDBClusterStateFault'];

export const mayPass = (failure: Failure): boolean => failure.kind === 'refused' && MAY_PASS.includes(failure.code);

const NOT_ASKED = Promise.resolve(unknown('not asked'));

/** `arn:aws:rds:us-west-2:111122223333:cluster:shop` -> `us-west-2`. */
export const regionOfArn = (arn: string): string => arn.split(':')[3] ?? '';

/**
 * Everything a plan and the promote-database step need to see, through the standby's endpoints; home best effort.
 * `now_ms` undefined: the lag is not asked for. That there is no global cluster of that name is seen, not a failure:
 * a standby that was detached by hand may have outlived it.
 */
export async function observeDatabase(
  standby: DatabaseClient,
  home: DatabaseClient | undefined,
  names: { readonly globalCluster: string; readonly home: string; readonly standby: string },
  now_ms: number | undefined,
): Promise<Observed<DatabaseObserved>> {
  const [global, cluster, lag, atHome] = await Promise.all([
    attempt(standby.globalCluster(names.globalCluster)),
    attempt(standby.cluster(names.standby)),
    attempt(now_ms === undefined ? NOT_ASKED : standby.lag(names.standby, now_ms)),
    home === undefined ? undefined : attempt(home.cluster(names.home)),
  ]);
  if (!global.ok) return unknown(global.failure.text);
  const { value } = cluster.ok ? cluster : { value: undefined };
  return known({
    globalCluster: names.globalCluster,
    ...(global.value ?? { status: NO_GLOBAL_CLUSTER, members: [] }),
    standbyCluster: value === undefined ? unknown(cluster.ok ? '' : cluster.failure.text) : known(value),
    homeVersion: atHome?.ok ? known(atHome.value.engineVersion) : unknown('home was not asked or did not answer'),
    lag: lag.ok ? lag.value : unknown(lag.failure.text),
  });
}
