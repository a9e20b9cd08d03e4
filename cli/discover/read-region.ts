import { ApplicationAutoScalingClient, DescribeScalableTargetsCommand } from '@aws-sdk/client-application-auto-scaling';
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DescribeServicesCommand, ECSClient, ListClustersCommand, ListServicesCommand } from '@aws-sdk/client-ecs';
import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { DescribeDBClustersCommand, RDSClient } from '@aws-sdk/client-rds';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { cliSettings } from '../aws-account.ts';
import { type EcsService, plainHost, type RegionInventory, type ScalingTarget } from './inventory.ts';
import { marked, pages, type Reader } from './reader.ts';
import { listSchedules } from './schedules.ts';

/** Everything regional, each list for itself. */
export async function readRegion(region: string, reader: Reader): Promise<RegionInventory> {
  const settings = cliSettings(region);
  const read = <T>(action: string, list: () => Promise<readonly T[]>): Promise<readonly T[]> =>
    reader.list(region, action, list);
  const schedules = read('scheduler:ListSchedules', () => listSchedules(new SchedulerClient(settings)));
  const [clusters, services, scaling, groups, targetGroups, loadBalancers, tables, secrets] = await Promise.all([
    read('rds:DescribeDBClusters', () => databaseClusters(new RDSClient(settings))),
    ecsServices(new ECSClient(settings), region, reader),
    read('application-autoscaling:DescribeScalableTargets', () =>
      scalingTargets(new ApplicationAutoScalingClient(settings)),
    ),
    read('autoscaling:DescribeAutoScalingGroups', () => scalingGroups(new AutoScalingClient(settings))),
    read('elasticloadbalancing:DescribeTargetGroups', () =>
      listTargetGroups(new ElasticLoadBalancingV2Client(settings)),
    ),
    read('elasticloadbalancing:DescribeLoadBalancers', () =>
      listLoadBalancers(new ElasticLoadBalancingV2Client(settings)),
    ),
    read('dynamodb:ListTables', () => tableNames(new DynamoDBClient(settings))),
    read('secretsmanager:ListSecrets', () => secretNames(new SecretsManagerClient(settings))),
  ]);
  const found = { region, clusters, services, scaling, groups, targetGroups, loadBalancers, tables, secrets };
  return { ...found, schedules: await schedules };
}

async function databaseClusters(rds: RDSClient): Promise<RegionInventory['clusters']> {
  const found = await pages(async (marker) => {
    const page = await rds.send(new DescribeDBClustersCommand(marked('Marker', marker)));
    return { items: page.DBClusters, next: page.Marker };
  });
  return found.map((each) => ({
    id: each.DBClusterIdentifier ?? '',
    arn: each.DBClusterArn ?? '',
    version: each.EngineVersion ?? '',
  }));
}

/** ECS describes at most 10 services at once (API reference, DescribeServices). */
const DESCRIBED_AT_ONCE = 10;

async function ecsServices(ecs: ECSClient, region: string, reader: Reader): Promise<readonly EcsService[]> {
  const clusters = await reader.list(region, 'ecs:ListClusters', () =>
    pages(async (marker) => {
      const page = await ecs.send(new ListClustersCommand(marked('nextToken', marker)));
      return { items: page.clusterArns, next: page.nextToken };
    }),
  );
  const found: EcsService[] = [];
  for (const cluster of clusters) {
    const arns = await reader.list(region, 'ecs:ListServices', () =>
      pages(async (marker) => {
        const page = await ecs.send(new ListServicesCommand({ cluster, ...marked('nextToken', marker) }));
        return { items: page.serviceArns, next: page.nextToken };
      }),
    );
    for (let start = 0; start < arns.length; start += DESCRIBED_AT_ONCE) {
      const services = arns.slice(start, start + DESCRIBED_AT_ONCE);
      const described = await reader.list(region, 'ecs:DescribeServices', async () => {
        const { services: list = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services }));
        return list.filter((each) => each.status === 'ACTIVE');
      });
      found.push(
        ...described.map((each) => ({
          cluster: lastPart(each.clusterArn ?? cluster),
          name: each.serviceName ?? '',
          desired: each.desiredCount ?? 0,
          targetGroupArns: (each.loadBalancers ?? []).flatMap((one) => one.targetGroupArn ?? []),
        })),
      );
    }
  }
  return found;
}

/** `arn:aws:ecs:...:cluster/shop` -> `shop`. */
const lastPart = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

async function scalingTargets(scaling: ApplicationAutoScalingClient): Promise<readonly ScalingTarget[]> {
  const found = await pages(async (marker) => {
    const page = await scaling.send(
      new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs', ...marked('NextToken', marker) }),
    );
    return { items: page.ScalableTargets, next: page.NextToken };
  });
  return found
    .filter((each) => each.ScalableDimension === 'ecs:service:DesiredCount')
    .map((each) => {
      const [, cluster = '', service = ''] = (each.ResourceId ?? '').split('/');
      return { cluster, service, min: each.MinCapacity ?? 0, max: each.MaxCapacity ?? 0 };
    });
}

async function scalingGroups(groups: AutoScalingClient): Promise<RegionInventory['groups']> {
  const found = await pages(async (marker) => {
    const page = await groups.send(new DescribeAutoScalingGroupsCommand(marked('NextToken', marker)));
    return { items: page.AutoScalingGroups, next: page.NextToken };
  });
  return found.map((each) => ({
    name: each.AutoScalingGroupName ?? '',
    min: each.MinSize ?? 0,
    desired: each.DesiredCapacity ?? 0,
    max: each.MaxSize ?? 0,
    targetGroupArns: each.TargetGroupARNs ?? [],
  }));
}

async function listTargetGroups(elb: ElasticLoadBalancingV2Client): Promise<RegionInventory['targetGroups']> {
  const found = await pages(async (marker) => {
    const page = await elb.send(new DescribeTargetGroupsCommand(marked('Marker', marker)));
    return { items: page.TargetGroups, next: page.NextMarker };
  });
  return found.map((each) => ({
    arn: each.TargetGroupArn ?? '',
    name: each.TargetGroupName ?? '',
    healthPath: each.HealthCheckPath,
    loadBalancerArns: each.LoadBalancerArns ?? [],
  }));
}

async function listLoadBalancers(elb: ElasticLoadBalancingV2Client): Promise<RegionInventory['loadBalancers']> {
  const found = await pages(async (marker) => {
    const page = await elb.send(new DescribeLoadBalancersCommand(marked('Marker', marker)));
    return { items: page.LoadBalancers, next: page.NextMarker };
  });
  return found.map((each) => ({
    arn: each.LoadBalancerArn ?? '',
    name: each.LoadBalancerName ?? '',
    host: plainHost(each.DNSName ?? ''),
    zoneId: each.CanonicalHostedZoneId ?? '',
  }));
}

const tableNames = (dynamodb: DynamoDBClient): Promise<readonly string[]> =>
  pages(async (marker) => {
    const page = await dynamodb.send(new ListTablesCommand(marked('ExclusiveStartTableName', marker)));
    return { items: page.TableNames, next: page.LastEvaluatedTableName };
  });

const secretNames = (secrets: SecretsManagerClient): Promise<readonly string[]> =>
  pages(async (marker) => {
    const page = await secrets.send(new ListSecretsCommand(marked('NextToken', marker)));
    return { items: page.SecretList?.flatMap((each) => each.Name ?? []), next: page.NextToken };
  });
