import { beforeAll, describe, expect, test } from 'vitest';
import { loadArtifacts, loadConfig } from '../../cli/artifacts.ts';
import { FUNCTIONS } from '../../core/functions.ts';
import { ELSEWHERE } from '../../sandbox/rehearsal/scenarios/accounts.ts';
import { PROMOTE_SCENARIOS } from '../../sandbox/rehearsal/scenarios.ts';
import { ACCOUNT } from '../../sandbox/world/world.ts';
import { filledIn, type Known } from './call-rights.ts';
import { type Asked, type Decision, evaluate, list, type Statement, type Trust, trusts } from './policy-evaluator.ts';
import { type Needed, type Recording, recordedNeeds } from './recorded-calls.ts';
import { SELF_TEST_SCENARIO } from './self-test-scenario.ts';
import { synthesize, type Template, type Templates } from './template.ts';
import { UNUSED } from './unused-grants.ts';

const SCENARIOS = [...PROMOTE_SCENARIOS, SELF_TEST_SCENARIO];

/** Every scenario's calls, judged against the roles that the template of its configuration gives. */
const recordings = new Map<string, Recording>();
const templates = new Map<string, Templates>();

beforeAll(async () => {
  const base = await loadConfig();
  await loadArtifacts(base);
  // From the end: the tests of the scenarios keep what they play, from the beginning.
  for (const scenario of SCENARIOS.toReversed()) {
    const recording = await recordedNeeds(scenario);
    recordings.set(scenario.name, recording);
    const key = JSON.stringify(recording.config);
    if (!templates.has(key)) templates.set(key, await synthesize(recording.config));
  }
}, 900_000);

const recordingOf = (scenario: string): Recording => {
  const found = recordings.get(scenario);
  if (found === undefined) throw new Error(`${scenario} was not played`);
  return found;
};
const templatesOf = ({ config }: Recording): Templates => {
  const found = templates.get(JSON.stringify(config));
  if (found === undefined) throw new Error('a configuration was not synthesized');
  return found;
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

/** What the role of a function says, its own or its role in another account. */
type Roles = (name: string, account?: string) => readonly Statement[];
const rolesOf =
  ({ muster, others }: Templates): Roles =>
  (name, account) => {
    if (account === undefined) return muster.grantsOf(`muster-${name}`);
    const own = muster.roleNameOf(`muster-${name}`);
    return (own === undefined ? undefined : others.get(account)?.access.role(own)?.grants) ?? [];
  };

/** Whom the roles of another account trust. */
type Trusted = (account: string, role: string) => readonly Trust[];
const trustedBy =
  ({ others }: Templates): Trusted =>
  (account, role) =>
    others.get(account)?.access.role(role)?.trust ?? [];

interface Judges {
  readonly roles: Roles;
  readonly trusted: Trusted;
}

function judge(needed: readonly Needed[], { roles, trusted }: Judges, { muster }: Templates): Judged {
  const known = knownOf(muster);
  const denied: string[] = [];
  const used = new Set<string>();
  for (const one of needed) {
    const asked = { ...one, resource: filledIn(one.resource, known) };
    const says = (decision: Decision, who: string): void => {
      if (!decision.allowed) {
        denied.push(`${who}: ${one.action} on ${asked.resource} ${JSON.stringify(one.context)}: ${decision.why}`);
      }
    };
    const ownRole = muster.roleNameOf(`muster-${one.by}`) ?? '';
    const own = one.role === undefined || one.role.name === ownRole;
    const decision = own ? evaluate(roles(one.by, one.role?.accountId), asked) : REFUSED;
    if (decision.allowed) used.add(`${one.by} ${decision.by.Sid} ${one.action}`);
    says(decision, one.role === undefined ? one.by : `${one.by} in ${one.role.accountId}`);
    if (one.action === 'sts:AssumeRole') says(mayAssume(asked, ownRole, trusted), `trust in ${one.by}`);
  }
  return { denied, used };
}

/** A call with a role that belongs to another function. */
const REFUSED: Decision = { allowed: false, why: 'no statement allows it' };

/** What the other account allows: its role must trust the function's, with this external id. */
function mayAssume({ resource, context }: Asked, ownRole: string, trusted: Trusted): Decision {
  const [, , , , account = '', role = ''] = resource.split(':');
  const statements = trusted(account, role.replace(/^role\//, ''));
  return trusts(statements, `arn:aws:iam::${ACCOUNT}:role/${ownRole}`, context);
}

const judgeRun = (scenario: string, change: (judges: Judges) => Judges = (judges) => judges): Judged => {
  const recording = recordingOf(scenario);
  const found = templatesOf(recording);
  return judge(recording.needed, change({ roles: rolesOf(found), trusted: trustedBy(found) }), found);
};

/** Grants that no scenario used, over all of them. */
function unused(change: (judges: Judges) => Judges = (judges) => judges): readonly string[] {
  const used = new Set(SCENARIOS.flatMap(({ name }) => [...judgeRun(name, change).used]));
  const granted = new Set(
    [...recordings.values()].flatMap((recording) => {
      const found = templatesOf(recording);
      const { roles } = change({ roles: rolesOf(found), trusted: trustedBy(found) });
      // The same line of infra/grants.ts makes both: what a function's own role was seen to need, its other one does.
      return [undefined, ...found.others.keys()].flatMap((account) =>
        FUNCTIONS.flatMap(({ name }) =>
          roles(name, account).flatMap((one) => list(one.Action).map((action) => `${name} ${one.Sid} ${action}`)),
        ),
      );
    }),
  );
  return [...granted].filter((grant) => !used.has(grant)).sort();
}

const excused = (grant: string): boolean => UNUSED.some(({ grants }) => grants.test(grant));

describe('AWS would allow every call', () => {
  test.each(SCENARIOS.map(({ name }) => name))('of the scenario %s', (name) => {
    expect(recordingOf(name).needed.length).toBeGreaterThan(10);
    expect(judgeRun(name).denied).toEqual([]);
  });
});

describe('nothing is granted that nobody needs', () => {
  test('every grant was used by a scenario, or is listed with its reason', () => {
    expect(unused().filter((grant) => !excused(grant))).toEqual([]);
  });

  test('everything is granted only where AWS offers nothing finer, in every configuration', () => {
    const statements = [...templates.values()]
      .flatMap(({ muster, stop, homes, others }) => [
        ...[muster, stop, ...homes],
        ...[...others.values()].flatMap((there) => [there.access, there.stop]),
      ])
      .flatMap((template) => template ?? [])
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
    (name: string, change: (statements: readonly Statement[]) => readonly Statement[], where?: string) =>
    ({ roles, trusted }: Judges): Judges => ({
      roles: (asked, account) =>
        asked === name && account === where ? change(roles(asked, account)) : roles(asked, account),
      trusted,
    });
  const without =
    (sid: string) =>
    (statements: readonly Statement[]): readonly Statement[] =>
      statements.filter((one) => one.Sid !== sid);

  test.each(['LedgerAppend', 'LedgerSign', 'SetServices', 'SetScaling', 'SeeScaling'])(
    'when %s is taken away from prewarm',
    (sid) => {
      const less = only('step-prewarm', without(sid));
      expect(judgeRun('home-region-lost').denied).toEqual([]);
      expect(judgeRun('home-region-lost', less).denied.join('\n')).toContain('step-prewarm');
    },
  );

  test('when a partition of the ledger is taken away from approve', () => {
    const narrowed = only('approve', (statements) =>
      statements.map((one) =>
        one.Sid === 'LedgerAppend'
          ? { ...one, Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['app#us-west-2#*'] } } }
          : one,
      ),
    );
    expect(judgeRun('home-region-lost', narrowed).denied.join('\n')).toContain('dynamodb:PutItem');
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
    ['reconciler', 'RulesOff', 'workers'],
    ['reconciler', 'ScheduleRoles', 'workers'],
  ])('when %s loses %s', (name, sid, run) => {
    const without = only(name, (statements) => statements.filter((one) => one.Sid !== sid));
    expect(judgeRun(run).denied).toEqual([]);
    expect(judgeRun(run, without).denied.join('\n')).toContain(`${name}: `);
  });

  test('when a role may be passed that muster.yaml does not name', () => {
    const other = only('step-switch-workers', (statements) =>
      statements.map((one) =>
        one.Sid === 'ScheduleRoles' ? { ...one, Resource: 'arn:aws:iam::111122223333:role/other' } : one,
      ),
    );
    expect(judgeRun('workers', other).denied.join('\n')).toContain('iam:PassRole on arn:aws:iam::');
  });

  test('when a grant is added that nobody needs', () => {
    const more = only('step-verify', (statements) => [
      ...statements,
      { Sid: 'More', Effect: 'Allow', Action: 'rds:DeleteDBCluster', Resource: '*' },
    ]);
    const found = unused(more).filter((grant) => !excused(grant));
    expect(found).toEqual(['step-verify More rds:DeleteDBCluster']);
  });

  describe('in another account', () => {
    const there = (change: (judges: Judges) => Judges): string => judgeRun('another-account', change).denied.join('\n');

    test.each([
      ['step-prewarm', 'SetServices'],
      ['step-prewarm', 'SeeTargets'],
      ['step-promote-database', 'MoveDatabase'],
      ['step-switch-traffic', 'Flags'],
      ['command', 'SeeGlobal'],
    ])('when the role of %s there loses %s', (name, sid) => {
      expect(there(only(name, without(sid), ELSEWHERE.id))).toContain(`${name} in ${ELSEWHERE.id}: `);
    });

    test('when a function may not assume its role', () => {
      expect(there(only('step-verify', without('Accounts')))).toContain('step-verify: sts:AssumeRole');
    });

    test('when a role is added a grant there that nobody needs', () => {
      const more: Statement = { Sid: 'More', Effect: 'Allow', Action: 's3:DeleteObject', Resource: '*' };
      const found = unused(only('step-switch-traffic', (statements) => [...statements, more], ELSEWHERE.id));
      expect(found.filter((grant) => !excused(grant))).toEqual(['step-switch-traffic More s3:DeleteObject']);
    });

    test.each<[string, (trust: Trust) => Trust]>([
      ['another external id', (one) => conditioned(one, 'StringEquals', { 'sts:ExternalId': 'of-somebody-else' })],
      [
        'another function’s role',
        (one) => conditioned(one, 'ArnEquals', { 'aws:PrincipalArn': 'arn:aws:iam::1:role/x' }),
      ],
      ['another account', (one) => ({ ...one, Principal: { AWS: 'arn:aws:iam::999988887777:root' } })],
    ])('when a role there trusts %s', (_, change) => {
      const changed = ({ roles, trusted }: Judges): Judges => ({
        roles,
        trusted: (account, role) => trusted(account, role).map(change),
      });
      expect(there(changed)).toContain('trust in step-prewarm: sts:AssumeRole');
    });

    const conditioned = (one: Trust, operator: string, keys: Readonly<Record<string, string>>): Trust => ({
      ...one,
      Condition: { ...one.Condition, [operator]: keys },
    });
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
