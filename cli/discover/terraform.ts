import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { roleNameOf } from '../../lambdas/adapters/workers.ts';
import { type Pair, Wrong } from '../words.ts';
import { emptyRegion, type Inventory, plainHost, type RegionInventory } from './inventory.ts';

/**
 * Terraform's state file, format 4 (what `terraform state pull` prints). State holds secrets in clear text: only the
 * attributes named below are looked at, and nothing else of it is kept or shown.
 */
const State = v.object({
  version: v.literal(4),
  resources: v.array(
    v.object({
      mode: v.string(),
      type: v.string(),
      instances: v.array(v.object({ attributes: v.optional(v.nullable(v.record(v.string(), v.unknown()))) })),
    }),
  ),
});

type Attributes = Readonly<Record<string, unknown>>;
interface Resource {
  readonly type: string;
  readonly of: Attributes;
}

/** Throws Wrong, naming the file, when it is no state file of that format. */
export async function readTerraform(file: string, pair: Pair): Promise<Inventory> {
  return inventoryOf(resourcesOf(await textOf(file), file), pair);
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Wrong(`--tfstate ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function resourcesOf(text: string, file: string): readonly Resource[] {
  const raw = json(text, file);
  const parsed = v.safeParse(State, raw);
  if (!parsed.success) {
    const { version, format_version: shown } = (raw ?? {}) as { version?: unknown; format_version?: unknown };
    const why =
      shown !== undefined
        ? "is what 'terraform show -json' prints; give what 'terraform state pull' prints"
        : version !== undefined && version !== 4
          ? `is Terraform state of version ${JSON.stringify(version)}; version 4 is what Muster reads`
          : `is no Terraform state: ${parsed.issues[0].message}`;
    throw new Wrong(`--tfstate ${file} ${why}`);
  }
  return parsed.output.resources
    .filter((each) => each.mode === 'managed')
    .flatMap(({ type, instances }) =>
      instances.flatMap(({ attributes }) => (attributes ? [{ type, of: attributes }] : [])),
    );
}

function json(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Wrong(`--tfstate ${file} is not JSON (is it cut off, or still encrypted?): ${why}`);
  }
}

const str = (value: unknown): string => (typeof value === 'string' ? value : '');
const num = (value: unknown): number => (typeof value === 'number' ? value : 0);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const strings = (value: unknown): readonly string[] => list(value).filter((each) => typeof each === 'string');
const blocks = (value: unknown): readonly Attributes[] =>
  list(value).filter((each): each is Attributes => typeof each === 'object' && each !== null);
const arnOf = (of: Attributes): string => str(of['arn']) || (str(of['id']).startsWith('arn:') ? str(of['id']) : '');
const nameInArn = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

function inventoryOf(resources: readonly Resource[], { home, standby }: Pair): Inventory {
  const all = (type: string): readonly Attributes[] =>
    resources.filter((each) => each.type === type).map((each) => each.of);
  return {
    account: undefined,
    home: regionOf(home, all),
    standby: regionOf(standby, all),
    globals: all('aws_rds_global_cluster').map((of) => ({
      id: str(of['global_cluster_identifier']),
      engine: str(of['engine']),
      version: str(of['engine_version_actual']) || str(of['engine_version']),
      members: [...blocks(of['global_cluster_members'])]
        .sort((a, b) => Number(b['is_writer'] === true) - Number(a['is_writer'] === true))
        .map((member) => str(member['db_cluster_arn'])),
    })),
    zones: all('aws_route53_zone').map((of) => ({
      id: str(of['zone_id']),
      name: plainHost(str(of['name'])),
      isPrivate: blocks(of['vpc']).length > 0,
    })),
    records: all('aws_route53_record').flatMap((of, _, others) => recordOf(of, others)),
    checks: all('aws_route53_health_check').map((of) => ({
      id: str(of['id']),
      host: str(of['fqdn']) || undefined,
      path: str(of['resource_path']) || undefined,
      interval_s: num(of['request_interval']) || 30,
      threshold: num(of['failure_threshold']) || 3,
      inverted: of['invert_healthcheck'] === true,
    })),
    buckets: all('aws_s3_bucket').map((of) => ({ name: str(of['bucket']), region: str(of['region']) || undefined })),
  };
}

function recordOf(of: Attributes, others: readonly Attributes[]): Inventory['records'] {
  const [alias] = blocks(of['alias']);
  if (alias === undefined || str(of['type']) !== 'A') return [];
  const [policy] = blocks(of['failover_routing_policy']);
  const nameOf = (one: Attributes): string => plainHost(str(one['fqdn']) || str(one['name']));
  return [
    {
      zoneId: str(of['zone_id']),
      name: nameOf(of),
      target: plainHost(str(alias['name'])),
      targetZoneId: str(alias['zone_id']),
      ipv6: others.some((other) => str(other['type']) === 'AAAA' && nameOf(other) === nameOf(of)),
      failover: policy === undefined ? undefined : str(policy['type']),
      healthCheckId: str(of['health_check_id']) || undefined,
    },
  ];
}

/** Where a resource is: the attribute that provider version 6 gives every resource, else its ARN. */
const isIn =
  (region: string) =>
  (of: Attributes): boolean =>
    (str(of['region']) || (arnOf(of).split(':')[3] ?? '')) === region;

function regionOf(region: string, everywhere: (type: string) => readonly Attributes[]): RegionInventory {
  const all = (type: string): readonly Attributes[] => everywhere(type).filter(isIn(region));
  return {
    ...emptyRegion(region),
    clusters: all('aws_rds_cluster').map((of) => ({
      id: str(of['cluster_identifier']),
      arn: arnOf(of),
      version: str(of['engine_version_actual']) || str(of['engine_version']),
    })),
    services: all('aws_ecs_service').map((of) => ({
      cluster: nameInArn(str(of['cluster'])),
      name: str(of['name']),
      desired: num(of['desired_count']),
      targetGroupArns: blocks(of['load_balancer'])
        .map((each) => str(each['target_group_arn']))
        .filter((arn) => arn !== ''),
    })),
    scaling: all('aws_appautoscaling_target')
      .filter((of) => str(of['scalable_dimension']) === 'ecs:service:DesiredCount')
      .map((of) => {
        const [, cluster = '', service = ''] = str(of['resource_id']).split('/');
        return { cluster, service, min: num(of['min_capacity']), max: num(of['max_capacity']) };
      }),
    groups: all('aws_autoscaling_group').map((of) => ({
      name: str(of['name']),
      min: num(of['min_size']),
      desired: num(of['desired_capacity']),
      max: num(of['max_size']),
      targetGroupArns: strings(of['target_group_arns']),
    })),
    targetGroups: all('aws_lb_target_group').map((of) => ({
      arn: arnOf(of),
      name: str(of['name']),
      healthPath: str(blocks(of['health_check'])[0]?.['path']) || undefined,
      loadBalancerArns: strings(of['load_balancer_arns']),
    })),
    loadBalancers: all('aws_lb').map((of) => ({
      arn: arnOf(of),
      name: str(of['name']),
      host: plainHost(str(of['dns_name'])),
      zoneId: str(of['zone_id']),
    })),
    schedules: all('aws_scheduler_schedule').map((of) => ({
      name: str(of['name']),
      group: str(of['group_name']) || 'default',
      enabled: str(of['state']) !== 'DISABLED',
      roleName: roleNameOf(str(blocks(of['target'])[0]?.['role_arn'])),
    })),
    tables: all('aws_dynamodb_table').map((of) => str(of['name'])),
    secrets: all('aws_secretsmanager_secret').map((of) => str(of['name'])),
  };
}
