import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { AwsSolutionsChecks } from 'cdk-nag';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadArtifacts, loadConfig } from '../../cli/artifacts.ts';
import type { Config } from '../../core/config/schema.ts';
import { FUNCTIONS } from '../../core/functions.ts';
import { anchor, RUNBOOK } from '../../infra/constructs/alarms.ts';
import { deploymentOf } from '../../infra/deployment-target.ts';
import { createMusterApp } from '../../infra/muster-app.ts';
import { ROOT } from '../contract/sources.ts';
import { everyTemplate, type Resource, synthesize, type Template, type Templates } from './template.ts';

let config: Config;
let templates: Templates;
let all: readonly Template[];

beforeAll(async () => {
  config = await loadConfig();
  await loadArtifacts(config);
  templates = await synthesize(config);
  all = everyTemplate(templates);
});

const everywhere = (type: string): readonly Resource[] => all.flatMap((template) => template.ofType(type));
describe('the switch of the strategy stop', () => {
  const stop = (): Template => {
    if (templates.stop === undefined) throw new Error('no application uses the strategy stop');
    return templates.stop;
  };

  test('is an inverted check of the flag, and a pair of records that no load balancer’s health can move', () => {
    const [check] = stop().ofType('AWS::Route53::HealthCheck');
    expect(check?.Properties.HealthCheckConfig).toMatchObject({
      Type: 'HTTPS',
      Inverted: true,
      RequestInterval: 10,
      FailureThreshold: 3,
      ResourcePath: '/shop/standby-is-active',
    });
    const records = stop()
      .ofType('AWS::Route53::RecordSet')
      .map(({ Properties }) => Properties);
    expect(records.map((one) => one.Failover)).toEqual(['PRIMARY', 'SECONDARY']);
    expect(records.map((one) => one.HealthCheckId === undefined)).toEqual([false, true]);
    expect(records.map((one) => one.AliasTarget.EvaluateTargetHealth)).toEqual([false, false]);
  });

  test('has the same pair for IPv6 where muster.yaml says so, behind the same check', async () => {
    const [name, app] = Object.entries(config.applications).find(([, one]) => one.traffic.strategy === 'stop') ?? [];
    if (name === undefined || app === undefined) throw new Error('no application uses the strategy stop');
    const traffic = { ...app.traffic, ipv6: true };
    const both = await synthesize({ ...config, applications: { ...config.applications, [name]: { ...app, traffic } } });
    const records = (both.stop?.ofType('AWS::Route53::RecordSet') ?? []).map(({ Properties }) => Properties);
    expect(records.map((one) => [one.Type, one.Failover, one.AliasTarget.DNSName])).toEqual([
      ['A', 'PRIMARY', traffic.home.target],
      ['A', 'SECONDARY', traffic.standby.target],
      ['AAAA', 'PRIMARY', `dualstack.${traffic.home.target}`],
      ['AAAA', 'SECONDARY', `dualstack.${traffic.standby.target}`],
    ]);
    expect(new Set(records.flatMap((one) => one.HealthCheckId ?? [])).size).toBe(1);
    // What stands today is neither renamed nor replaced by it.
    const before = stop().resources;
    for (const id of Object.keys(before)) expect(Object.keys(both.stop?.resources ?? {})).toContain(id);
  });

  test('has an endpoint with concurrency of its own that may see its flag and nothing else', () => {
    const [endpoint] = stop().ofType('AWS::Lambda::Function');
    expect(endpoint?.Properties.ReservedConcurrentExecutions).toBeGreaterThan(0);
    const granted = stop()
      .grantsOf('muster-flag-endpoint-shop')
      .filter((one) => one.Sid !== 'Logs');
    expect(granted.map((one) => [one.Action, one.Resource])).toEqual([
      ['s3:GetObject', 'arn:aws:s3:::muster-flag-usw2/shop/standby-is-active'],
      ['s3:ListBucket', 'arn:aws:s3:::muster-flag-usw2'],
    ]);
  });

  test('keeps the flag when the stack goes', () => {
    const [bucket] = stop().ofType('AWS::S3::Bucket');
    expect(bucket?.DeletionPolicy).toBe('RetainExceptOnCreate');
    expect(bucket?.Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
  });
});

test('home has a topic, Aurora’s events and their way to the standby; nothing else', () => {
  expect(templates.homes.length).toBeGreaterThan(0);
  for (const home of templates.homes) {
    const types = Object.values(home.resources).map(({ Type }) => Type);
    expect(types.sort()).toEqual([
      'AWS::RDS::EventSubscription',
      'AWS::SNS::Subscription',
      'AWS::SNS::Topic',
      'AWS::SNS::TopicPolicy',
    ]);
    expect(home.ofType('AWS::SNS::Subscription')[0]?.Properties.Endpoint).toContain('lambda:us-west-2:');
  }
});

describe('alarms', () => {
  test('each tells the topic and names its section of the runbook', async () => {
    const runbook = await readFile(`${ROOT}docs/runbook.md`, 'utf8');
    const headings = [...runbook.matchAll(/^#+ (.+)$/gm)].map((match) => anchor(match[1] ?? ''));
    const alarms = everywhere('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);
    expect(alarms.length).toBeGreaterThan(FUNCTIONS.length);
    for (const alarm of alarms) {
      const linked = /docs\/runbook\.md#(\S+)$/.exec(alarm.AlarmDescription)?.[1];
      expect(headings, alarm.AlarmName).toContain(linked);
      expect(alarm.AlarmActions).toHaveLength(1);
    }
  });

  test('there is one of every kind', () => {
    const names = everywhere('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties.AlarmName as string);
    for (const kind of Object.keys(RUNBOOK)) {
      expect(names.filter((name) => name.startsWith(`muster-${kind}`)).length, kind).toBeGreaterThan(0);
    }
  });

  test('a silent reconciler and a changed ledger raise one at once', () => {
    const named = (name: string) =>
      everywhere('AWS::CloudWatch::Alarm').find(({ Properties }) => Properties.AlarmName === name)?.Properties;
    expect(named('muster-reconciler')).toMatchObject({
      TreatMissingData: 'breaching',
      ComparisonOperator: 'LessThanThreshold',
    });
    expect(named('muster-tampered')).toMatchObject({ Threshold: 1, Namespace: 'Muster', MetricName: 'LedgerChanged' });
  });
});

describe('checks at synth', () => {
  const withoutFile = (work: (outdir: string) => void): void => {
    const outdir = mkdtempSync(join(tmpdir(), 'muster-synth-'));
    try {
      work(outdir);
    } finally {
      rmSync(outdir, { recursive: true });
    }
  };

  test('every acknowledged finding has its reason', () => {
    withoutFile((outdir) => {
      const { app } = createMusterApp(config, { outdir, context: { 'aws:cdk:disable-asset-staging': true } });
      const reasons = app.node
        .findAll()
        .flatMap((node) => node.node.metadata)
        .filter((entry) => entry.type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
        .flatMap((entry) => Object.values(entry.data as Record<string, string | { reason: string }>))
        .map((one) => (typeof one === 'string' ? one : one.reason));
      expect(reasons.length).toBeGreaterThan(20);
      expect(reasons.filter((reason) => reason.length < 20)).toEqual([]);
    });
  });

  test('a finding that nobody acknowledged stops the synthesis', () => {
    withoutFile((outdir) => {
      const { app, muster: stack } = createMusterApp(config, {
        outdir,
        context: { 'aws:cdk:disable-asset-staging': true },
      });
      const findings = () => new AwsSolutionsChecks().validateScope(app).violations.map((one) => one.ruleName);
      expect(findings()).toEqual([]);
      new CfnSecret(stack, 'Another', {});
      expect(findings()).toEqual(['AwsSolutions-SMG4']);
    });
  });

  test('a home that is the standby never gets as far as a deployment', () => {
    expect(() => deploymentOf({ ...config, applications: {} }, 'muster')).toThrow('no standby region');
    expect(deploymentOf(config, 'muster').region).toBe('us-west-2');
  });
});
