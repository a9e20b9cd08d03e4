import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { draftApplications } from '../../cli/discover/draft.ts';
import { emptyRegion, type Inventory, merged } from '../../cli/discover/inventory.ts';
import { readTerraform } from '../../cli/discover/terraform.ts';
import { writeConfig } from '../../cli/discover/write.ts';
import { parseConfig } from '../../core/config/parse.ts';

const PAIR = { home: 'eu-west-1', standby: 'eu-central-1' };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-tfstate-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Attributes = Record<string, unknown>;
const resource = (type: string, ...instances: Attributes[]) => ({
  mode: 'managed',
  type,
  name: 'x',
  provider: 'provider["registry.terraform.io/hashicorp/aws"]',
  instances: instances.map((attributes) => ({ schema_version: 0, attributes })),
});
const elb = (region: string, rest: string): string => `arn:aws:elasticloadbalancing:${region}:111122223333:${rest}`;

/** One region of a team that puts the region into every name. */
function side(region: string, word: string, desired: number, zoneId: string) {
  const targetGroup = elb(region, `targetgroup/till-${word}/0`);
  const balancer = elb(region, `loadbalancer/app/till-${word}/1`);
  const cluster = `arn:aws:ecs:${region}:111122223333:cluster/till-${word}`;
  return [
    resource('aws_rds_cluster', {
      cluster_identifier: `till-${word}`,
      arn: `arn:aws:rds:${region}:111122223333:cluster:till-${word}`,
      engine_version_actual: '16.6',
      master_password: 'hunter2',
    }),
    resource('aws_lb', {
      arn: balancer,
      name: `till-${word}`,
      dns_name: `Till-${word}-9.${region}.elb.amazonaws.com`,
      zone_id: zoneId,
    }),
    resource('aws_lb_target_group', {
      arn: targetGroup,
      name: `till-${word}`,
      load_balancer_arns: [balancer],
      health_check: [{ path: '/up' }],
    }),
    resource('aws_ecs_service', {
      id: `arn:aws:ecs:${region}:111122223333:service/till-${word}/pay`,
      name: 'pay',
      cluster,
      desired_count: desired,
      load_balancer: [{ target_group_arn: targetGroup, container_name: 'pay', container_port: 80 }],
    }),
    resource('aws_appautoscaling_target', {
      arn: `arn:aws:application-autoscaling:${region}:111122223333:scalable-target/0`,
      resource_id: `service/till-${word}/pay`,
      scalable_dimension: 'ecs:service:DesiredCount',
      min_capacity: desired,
      max_capacity: desired + 4,
    }),
    resource('aws_scheduler_schedule', {
      arn: `arn:aws:scheduler:${region}:111122223333:schedule/till/till-bills`,
      name: 'till-bills',
      group_name: 'till',
      state: word === 'euw1' ? 'ENABLED' : 'DISABLED',
      target: [{ arn: 'arn:aws:lambda:x', role_arn: `arn:aws:iam::111122223333:role/bills-${word}` }],
    }),
  ];
}

const STATE = {
  version: 4,
  terraform_version: '1.13.0',
  resources: [
    ...side('eu-west-1', 'euw1', 3, 'Z32O12XQLNTSW2'),
    ...side('eu-central-1', 'euc1', 1, 'Z215JYRZR1TBD5'),
    resource('aws_rds_global_cluster', {
      global_cluster_identifier: 'till',
      engine: 'aurora-postgresql',
      global_cluster_members: [
        { db_cluster_arn: 'arn:aws:rds:eu-central-1:111122223333:cluster:till-euc1', is_writer: false },
        { db_cluster_arn: 'arn:aws:rds:eu-west-1:111122223333:cluster:till-euw1', is_writer: true },
      ],
    }),
    resource('aws_route53_zone', { zone_id: 'Z0TILL', name: 'till.example', vpc: [] }),
    resource('aws_route53_record', {
      zone_id: 'Z0TILL',
      name: 'till.example',
      fqdn: 'till.example',
      type: 'A',
      alias: [{ name: 'dualstack.till-euw1-9.eu-west-1.elb.amazonaws.com', zone_id: 'Z32O12XQLNTSW2' }],
    }),
    { mode: 'data', type: 'aws_region', name: 'here', instances: [{ attributes: { id: 'eu-west-1' } }] },
  ],
};

async function read(content: unknown): Promise<Inventory> {
  const file = join(folder, 'terraform.tfstate');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readTerraform(file, PAIR);
}

const ANSWERS = {
  team: 'T0TEAM',
  app: 'A0APP',
  channel: 'C0CHANNEL',
  people: ['ana', 'bo'].map((id) => ({ id, name: id, slack: [`U0${id.toUpperCase()}`] })),
};

test('a whole application is known from its state file, paired although each region has its own names', async () => {
  const found = await read(STATE);
  const written = writeConfig(draftApplications(found, []), ANSWERS, {
    pair: PAIR,
    found,
    unread: [],
    files: ['a.tfstate'],
  });
  expect(written.problems).toEqual([]);
  const result = parseConfig(written.text);
  expect(result.ok && result.config.applications).toMatchObject({
    till: {
      home: 'eu-west-1',
      standby: 'eu-central-1',
      database: { kind: 'aurora-global', globalCluster: 'till', home: 'till-euw1', standby: 'till-euc1' },
      services: [
        {
          name: 'pay',
          home: { cluster: 'till-euw1', service: 'pay', targetGroupArn: elb('eu-west-1', 'targetgroup/till-euw1/0') },
          standby: {
            cluster: 'till-euc1',
            service: 'pay',
            targetGroupArn: elb('eu-central-1', 'targetgroup/till-euc1/0'),
          },
          active: { min: 3, desired: 3, max: 7 },
          idle: { min: 1, desired: 1, max: 5 },
        },
      ],
      workers: [
        {
          kind: 'schedule',
          name: 'till-bills',
          home: { name: 'till-bills', group: 'till', roleName: 'bills-euw1' },
          standby: { name: 'till-bills', group: 'till', roleName: 'bills-euc1' },
        },
      ],
      traffic: {
        strategy: 'record',
        record: 'till.example',
        home: { target: 'till-euw1-9.eu-west-1.elb.amazonaws.com', zoneId: 'Z32O12XQLNTSW2' },
        standby: { target: 'till-euc1-9.eu-central-1.elb.amazonaws.com', zoneId: 'Z215JYRZR1TBD5' },
      },
      verify: { healthUrl: 'https://till.example/up' },
    },
  });
  expect(written.text).not.toContain('hunter2');
});

test('an AAAA alias beside the A record is written down as IPv6', async () => {
  const aaaa = resource('aws_route53_record', {
    zone_id: 'Z0TILL',
    name: 'till.example',
    type: 'AAAA',
    alias: [{ name: 'dualstack.till-euw1-9.eu-west-1.elb.amazonaws.com', zone_id: 'Z32O12XQLNTSW2' }],
  });
  const ipv6Of = async (resources: readonly object[]): Promise<unknown> => {
    const found = await read({ ...STATE, resources });
    const about = { pair: PAIR, found, unread: [], files: ['a.tfstate'] };
    const result = parseConfig(writeConfig(draftApplications(found, []), ANSWERS, about).text);
    return result.ok && result.config.applications['till']?.traffic.ipv6;
  };
  expect(await ipv6Of(STATE.resources)).toBe(false);
  expect(await ipv6Of([...STATE.resources, aaaa])).toBe(true);
});

test('what the account says is believed before the state, which only adds', async () => {
  const state = await read(STATE);
  const service = { cluster: 'till-euw1', name: 'pay', desired: 9, targetGroupArns: [] };
  const home = { ...emptyRegion('eu-west-1'), services: [service] };
  const both = merged({ ...state, home, globals: [] }, state);
  expect(both.home.services).toEqual([service]);
  expect(both.home.loadBalancers).toHaveLength(1);
  expect(both.globals.map((each) => each.id)).toEqual(['till']);
});

describe('a state file that is none', () => {
  test.each([
    ['cut off', '{"version": 4, "resources": [', /is not JSON/],
    ['nothing', '', /is not JSON/],
    ['of an old version', { version: 3, modules: [] }, /version 3; version 4/],
    ['of terraform show', { format_version: '1.0', values: {} }, /terraform show -json/],
    ['something else', { hello: 'world' }, /no Terraform state/],
    ['a list', [], /no Terraform state/],
  ])('%s is refused by a sentence that names it', async (_, content, sentence) => {
    await expect(read(content)).rejects.toThrow(sentence);
    await expect(read(content)).rejects.toThrow(/--tfstate .*terraform\.tfstate/);
  });

  test('not there is refused as well', async () => {
    await expect(readTerraform(join(folder, 'none.tfstate'), PAIR)).rejects.toThrow(/cannot be read/);
  });
});
