import { beforeAll, describe, expect, test } from 'vitest';
import { loadArtifacts, loadConfig } from '../../cli/artifacts.ts';
import { FUNCTIONS } from '../../core/functions.ts';
import { PROMOTE_SCENARIOS } from '../../sandbox/rehearsal/scenarios.ts';
import { filledIn, type Known } from './call-rights.ts';
import { evaluate, list, type Statement } from './policy-evaluator.ts';
import { type Needed, type Recording, recordedNeeds } from './recorded-calls.ts';
import { SELF_TEST_NIGHT } from './self-test-night.ts';
import { synthesize, type Template, type Templates } from './template.ts';
import { UNUSED } from './unused-grants.ts';

const NIGHTS = [...PROMOTE_SCENARIOS, SELF_TEST_NIGHT];

/** Every scenario's calls, judged against the roles that the template of its configuration gives. */
const recordings = new Map<string, Recording>();
const templates = new Map<string, Templates>();

beforeAll(async () => {
  const base = await loadConfig();
  await loadArtifacts(base);
  // From the end: the tests of the scenarios keep what they play, from the beginning.
  for (const scenario of NIGHTS.toReversed()) {
    const recording = await recordedNeeds(scenario);
    recordings.set(scenario.name, recording);
    const key = JSON.stringify(recording.config);
    if (!templates.has(key)) templates.set(key, synthesize(recording.config));
  }
}, 900_000);

const recordingOf = (scenario: string): Recording => {
  const found = recordings.get(scenario);
  if (found === undefined) throw new Error(`${scenario} was not played`);
  return found;
};
const templateOf = ({ config }: Recording): Template => {
  const found = templates.get(JSON.stringify(config));
  if (found === undefined) throw new Error('a configuration was not synthesized');
  return found.muster;
};

const knownOf = (template: Template): Known => ({
  macKeyArn: template.arn('AWS::KMS::Key', 'LedgerMacKey'),
  dataKeyArn: template.arn('AWS::KMS::Key', 'LedgerDataKey'),
  signingArn: template.arn('AWS::SecretsManager::Secret', 'Secretsigning'),
  botTokenArn: template.arn('AWS::SecretsManager::Secret', 'SecretbotToken'),
  selfTestArn: template.arn('AWS::SecretsManager::Secret', 'SecretselfTest'),
  archiveArn: template.arn('AWS::S3::Bucket'),
});

interface Judged {
  readonly denied: readonly string[];
  /** `<function> <Sid> <action>` of every right that was needed. */
  readonly used: ReadonlySet<string>;
}

type Roles = (name: string) => readonly Statement[];
const rolesOf =
  (template: Template): Roles =>
  (name) =>
    template.grantsOf(`muster-${name}`);

function judge(needed: readonly Needed[], roles: Roles, known: Known): Judged {
  const denied: string[] = [];
  const used = new Set<string>();
  for (const one of needed) {
    const asked = { ...one, resource: filledIn(one.resource, known) };
    const decision = evaluate(roles(one.by), asked);
    if (decision.allowed) used.add(`${one.by} ${decision.by.Sid} ${one.action}`);
    else denied.push(`${one.by}: ${one.action} on ${asked.resource} ${JSON.stringify(one.context)}: ${decision.why}`);
  }
  return { denied, used };
}

const judgeNight = (scenario: string, change: (roles: Roles) => Roles = (roles) => roles): Judged => {
  const recording = recordingOf(scenario);
  const template = templateOf(recording);
  return judge(recording.needed, change(rolesOf(template)), knownOf(template));
};

/** Grants that no scenario used, over all of them. */
function unused(change: (roles: Roles) => Roles = (roles) => roles): readonly string[] {
  const used = new Set(NIGHTS.flatMap(({ name }) => [...judgeNight(name, change).used]));
  const granted = new Set(
    [...recordings.values()].flatMap((recording) => {
      const roles = change(rolesOf(templateOf(recording)));
      return FUNCTIONS.flatMap(({ name }) =>
        roles(name).flatMap((one) => list(one.Action).map((action) => `${name} ${one.Sid} ${action}`)),
      );
    }),
  );
  return [...granted].filter((grant) => !used.has(grant)).sort();
}

const excused = (grant: string): boolean => UNUSED.some(({ grants }) => grants.test(grant));

describe('AWS would allow every call', () => {
  test.each(NIGHTS.map(({ name }) => name))('of the scenario %s', (name) => {
    expect(recordingOf(name).needed.length).toBeGreaterThan(10);
    expect(judgeNight(name).denied).toEqual([]);
  });
});

describe('nothing is granted that nobody needs', () => {
  test('every grant was used by a scenario, or is listed with its reason', () => {
    expect(unused().filter((grant) => !excused(grant))).toEqual([]);
  });

  test('everything is granted only where AWS offers nothing finer, in every configuration', () => {
    const statements = [...templates.values()]
      .flatMap(({ muster, stop, homes }) => [muster, ...(stop === undefined ? [] : [stop]), ...homes])
      .flatMap((template) => template.ofType('AWS::IAM::Role'))
      .flatMap((role) => role.Properties.Policies as { PolicyDocument: { Statement: Statement[] } }[])
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    const everything = statements.filter((one) => list(one.Resource).includes('*'));
    expect([...new Set(everything.flatMap((one) => list(one.Action)))].sort()).toEqual(WITHOUT_RESOURCES.toSorted());
    const passed = statements.filter((one) => list(one.Action).includes('iam:PassRole'));
    expect(passed.flatMap((one) => list(one.Resource)).filter((arn) => !/:role\/[\w+=,.@/-]+$/.test(arn))).toEqual([]);
    expect(passed.length).toBeGreaterThan(0);
  });

  test('the list of exceptions has no entry that is not needed', () => {
    const idle = UNUSED.filter(({ grants }) => !unused().some((grant) => grants.test(grant)));
    expect(idle.map(({ grants }) => grants.source)).toEqual([]);
    for (const { why } of UNUSED) expect(why.length).toBeGreaterThan(20);
  });
});

describe('this test notices', () => {
  const only =
    (name: string, change: (statements: readonly Statement[]) => readonly Statement[]) =>
    (roles: Roles): Roles =>
    (asked) =>
      asked === name ? change(roles(asked)) : roles(asked);

  test.each(['LedgerAppend', 'LedgerSign', 'SetServices', 'SetScaling', 'SeeScaling'])(
    'when %s is taken away from prewarm',
    (sid) => {
      const without = only('step-prewarm', (statements) => statements.filter((one) => one.Sid !== sid));
      expect(judgeNight('home-region-lost').denied).toEqual([]);
      expect(judgeNight('home-region-lost', without).denied.join('\n')).toContain('step-prewarm');
    },
  );

  test('when a partition of the ledger is taken away from approve', () => {
    const narrowed = only('approve', (statements) =>
      statements.map((one) =>
        one.Sid === 'LedgerAppend'
          ? { ...one, Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['app#*'] } } }
          : one,
      ),
    );
    expect(judgeNight('home-region-lost', narrowed).denied.join('\n')).toContain('dynamodb:PutItem');
  });

  test.each([
    ['step-switch-workers', 'RulesOff', 'workers-planned'],
    ['step-switch-workers', 'RulesOn', 'workers'],
    ['step-switch-workers', 'Schedules', 'workers'],
    ['step-switch-workers', 'ScheduleRoles', 'workers'],
    ['step-switch-workers', 'Mappings', 'workers'],
    ['step-switch-listener', 'SetListeners', 'workers'],
    ['step-restart-tasks', 'Redeploy', 'workers'],
    ['step-restart-tasks', 'ReplaceTasks', 'workers-planned'],
    ['lookout', 'RulesOff', 'workers'],
    ['lookout', 'ScheduleRoles', 'workers'],
  ])('when %s loses %s', (name, sid, night) => {
    const without = only(name, (statements) => statements.filter((one) => one.Sid !== sid));
    expect(judgeNight(night).denied).toEqual([]);
    expect(judgeNight(night, without).denied.join('\n')).toContain(`${name}: `);
  });

  test('when a role may be handed on that muster.yaml does not name', () => {
    const other = only('step-switch-workers', (statements) =>
      statements.map((one) =>
        one.Sid === 'ScheduleRoles' ? { ...one, Resource: 'arn:aws:iam::111122223333:role/other' } : one,
      ),
    );
    expect(judgeNight('workers', other).denied.join('\n')).toContain('iam:PassRole on arn:aws:iam::');
  });

  test('when a grant is added that nobody needs', () => {
    const more = only('step-verify', (statements) => [
      ...statements,
      { Sid: 'More', Effect: 'Allow', Action: 'rds:DeleteDBCluster', Resource: '*' },
    ]);
    const found = unused(more).filter((grant) => !excused(grant));
    expect(found).toEqual(['step-verify More rds:DeleteDBCluster']);
  });
});

/** Without a resource type in the Service Authorization Reference. */
const WITHOUT_RESOURCES = [
  'application-autoscaling:DescribeScalableTargets',
  'autoscaling:DescribeAutoScalingGroups',
  'cloudwatch:GetMetricData',
  'dynamodb:ListStreams',
  'ecs:ListTasks',
  'elasticloadbalancing:DescribeListeners',
  'elasticloadbalancing:DescribeTargetHealth',
  'logs:CreateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:DescribeLogGroups',
  'logs:DescribeResourcePolicies',
  'logs:GetLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:UpdateLogDelivery',
];
