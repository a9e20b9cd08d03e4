import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { AwsSolutionsChecks } from 'cdk-nag';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadArtifacts, loadConfig } from '../../cli/artifacts.ts';
import type { Config } from '../../core/config/schema.ts';
import { FUNCTIONS } from '../../core/functions.ts';
import { createMusterApp } from '../../infra/muster-app.ts';
import { ELSEWHERE, inAnotherAccount } from '../../sandbox/rehearsal/scenarios/accounts.ts';
import { ACCOUNT } from '../../sandbox/world/world.ts';
import { list, trusts } from './policy-evaluator.ts';
import { synthesize, type Template, type Templates } from './template.ts';

let config: Config;
let own: Templates;
let moved: Templates;

beforeAll(async () => {
  const base = await loadConfig();
  await loadArtifacts(base);
  config = inAnotherAccount(base);
  own = await synthesize(base);
  moved = await synthesize(config);
});

const there = (): { access: Template; stop: Template | undefined } => {
  const found = moved.others.get(ELSEWHERE.id);
  if (found === undefined) throw new Error('there is no stack for the other account');
  return found;
};
const roleOf = (name: string): string => `muster-${name}-us-west-2`;
/** Written out, not derived: only these have a role in another account, for an application without workers or listener. */
const WORKING = [
  'command',
  'reconciler',
  'released',
  'step-close',
  'step-fence-home',
  'step-preflight',
  'step-prewarm',
  'step-promote-database',
  'step-report',
  'step-scale-in-home',
  'step-scale-out',
  'step-switch-traffic',
  'step-verify',
];
/** Rights to applications: what a function needs of Muster's own is not theirs. */
const OWN = /^(Logs|Ledger|Invoke|Secrets|Start|Executions|Wake|Page|Stream|Dropped|Archive|Relay|GivenUp|Accounts)/;
const rightsOf = (template: Template, name: string) =>
  template.grantsOf(`muster-${name}`).filter((one) => !OWN.test(one.Sid ?? ''));

describe('the stack of another account', () => {
  test('holds roles and nothing else', () => {
    const types = Object.values(there().access.resources).map(({ Type }) => Type);
    expect(types.length).toBeGreaterThan(8);
    expect(new Set(types)).toEqual(new Set(['AWS::IAM::Role']));
  });

  test('has a role for each function that works on its applications, and for no other', () => {
    const working = FUNCTIONS.map(({ name }) => name).filter((name) =>
      rightsOf(own.muster, name).some((one) => JSON.stringify(one).match(/shop|route53:|"\*"/)),
    );
    expect([...there().access.roleNames].sort()).toEqual(working.map(roleOf).sort());
    expect([...there().access.roleNames].sort()).toEqual(WORKING.map(roleOf).sort());
  });

  test('every grant there is one that the function’s own role would have if the application lived here', () => {
    const text = (value: unknown): string => JSON.stringify(value).replaceAll(ELSEWHERE.id, ACCOUNT);
    for (const name of FUNCTIONS.map((spec) => spec.name)) {
      for (const grant of there().access.role(roleOf(name))?.grants ?? []) {
        const same = rightsOf(own.muster, name).find((one) => one.Sid === grant.Sid);
        expect(list(same?.Action ?? []), `${name} ${grant.Sid}`).toEqual(list(grant.Action));
        const allowed = list(same?.Resource ?? []).map(text);
        expect(
          list(grant.Resource)
            .map(text)
            .filter((one) => !allowed.includes(one)),
        ).toEqual([]);
        expect(text(list(grant.Resource))).not.toContain('blog');
      }
    }
  });

  test('each role trusts one function, with the external id, and nobody else', () => {
    const external = { 'sts:ExternalId': ELSEWHERE.externalId };
    for (const name of there().access.roleNames) {
      const { trust = [] } = there().access.role(name) ?? {};
      const may = (arn: string, context: Readonly<Record<string, string>>) => trusts(trust, arn, context).allowed;
      const arn = `arn:aws:iam::${ACCOUNT}:role/${name}`;
      expect(may(arn, external)).toBe(true);
      expect(may(arn, {})).toBe(false);
      expect(may(arn, { 'sts:ExternalId': 'another' })).toBe(false);
      expect(may(`${arn}x`, external)).toBe(false);
      expect(may(arn.replace(ACCOUNT, '999988887777'), external)).toBe(false);
    }
  });

  test('leaves cdk-nag nothing to find, like every other stack', () => {
    const outdir = mkdtempSync(join(tmpdir(), 'muster-synth-'));
    try {
      const { app, others } = createMusterApp(config, { outdir, context: { 'aws:cdk:disable-asset-staging': true } });
      const findings = () => new AwsSolutionsChecks().validateScope(app).violations.map((one) => one.ruleName);
      expect(findings()).toEqual([]);
      const [other] = others;
      if (other === undefined) throw new Error('there is no stack for the other account');
      new CfnSecret(other.access, 'Another', {});
      expect(findings()).toEqual(['AwsSolutions-SMG4']);
    } finally {
      rmSync(outdir, { recursive: true });
    }
  });

  test('is not there when no application needs it', () => {
    expect(own.others.size).toBe(0);
  });
});

describe('in Muster’s own account', () => {
  test('a function may assume its role there, and has no right to the application itself', () => {
    for (const name of FUNCTIONS.map((spec) => spec.name)) {
      const grants = moved.muster.grantsOf(`muster-${name}`);
      const assumes = grants.filter((one) => list(one.Action).includes('sts:AssumeRole'));
      const role = roleOf(name);
      expect(assumes.flatMap((one) => list(one.Resource))).toEqual(
        there().access.role(role) === undefined ? [] : [`arn:aws:iam::${ELSEWHERE.id}:role/${role}`],
      );
      expect(JSON.stringify(rightsOf(moved.muster, name))).not.toMatch(/shop/);
    }
  });

  test('every function’s role has the name that the other account trusts', () => {
    for (const { name } of FUNCTIONS) {
      expect(moved.muster.roleNameOf(`muster-${name}`)).toBe(roleOf(name));
      expect(roleOf(name).length).toBeLessThanOrEqual(64);
    }
  });

  test('nobody listens to a database of another account: RDS would refuse the subscription', () => {
    const sources = (templates: Templates): string[] =>
      [templates.muster, ...templates.homes].flatMap((template) =>
        template.ofType('AWS::RDS::EventSubscription').flatMap(({ Properties }) => Properties.SourceIds),
      );
    expect(sources(own)).toContain('shop-usw2');
    expect(sources(moved).sort()).toEqual(['blog-use2', 'blog-usw2']);
  });

  test('the flag, its endpoint and the records stand in the application’s account, with a topic there', () => {
    expect(moved.stop).toBeUndefined();
    const stop = there().stop;
    expect(stop?.ofType('AWS::S3::Bucket')[0]?.Properties.BucketName).toBe('muster-flag-usw2');
    expect(stop?.ofType('AWS::Route53::RecordSet')).toHaveLength(2);
    expect(stop?.ofType('AWS::SNS::Topic')).toHaveLength(1);
    expect(own.stop?.ofType('AWS::SNS::Topic')).toHaveLength(0);
    for (const alarm of stop?.ofType('AWS::CloudWatch::Alarm') ?? []) {
      expect(JSON.stringify(alarm.Properties.AlarmActions)).toContain('AWS::SNS::Topic');
    }
  });
});
