import { beforeAll, describe, expect, test } from 'vitest';
import { loadArtifacts, loadConfig } from '../../cli/artifacts.ts';
import type { Config } from '../../core/config/schema.ts';
import { FUNCTIONS } from '../../core/functions.ts';
import { deploymentOf } from '../../infra/deployment-target.ts';
import { grantsOf } from '../../infra/grants.ts';
import { ALL_STEPS } from '../core/step-ids.ts';
import { list, type Statement } from './policy-evaluator.ts';
import { everyTemplate, statementsOf, synthesize, type Template } from './template.ts';

let config: Config;
let muster: Template;
let all: readonly Template[];

beforeAll(async () => {
  config = await loadConfig();
  await loadArtifacts(config);
  const templates = await synthesize(config);
  muster = templates.muster;
  all = everyTemplate(templates);
});

const statements = (): readonly Statement[] => statementsOf(all);
const actions = (): readonly string[] => statements().flatMap((one) => list(one.Action));

describe('rights', () => {
  test('the receiver may hand over and read its secrets, and write its log; nothing else', () => {
    const granted = muster.grantsOf('muster-slack').map((one) => [one.Action, one.Resource]);
    expect(granted).toEqual([
      [
        ['logs:CreateLogStream', 'logs:PutLogEvents'],
        'arn:aws:logs:us-west-2:111122223333:log-group:/aws/lambda/muster-slack:*',
      ],
      [
        'lambda:InvokeFunction',
        ['command', 'approve'].map((name) => `arn:aws:lambda:us-west-2:111122223333:function:muster-${name}`),
      ],
      [
        'secretsmanager:GetSecretValue',
        ['signing', 'botToken', 'selfTest'].map((id) => muster.arn('AWS::SecretsManager::Secret', `Secret${id}`)),
      ],
    ]);
  });

  test('whoever wakes or starts a machine may do so with every kind of operation', () => {
    const machines = ['promote', 'self-test'].map(
      (kind) => `arn:aws:states:us-west-2:111122223333:stateMachine:muster-${kind}`,
    );
    for (const [name, sid] of [
      ['approve', 'Wake'],
      ['step-request-approval', 'Wake'],
      ['command', 'Start'],
      ['reconciler', 'Start'],
    ]) {
      const granted = muster.grantsOf(`muster-${name}`).find((one) => one.Sid === sid);
      expect([name, granted?.Resource]).toEqual([name, machines]);
    }
  });

  test('nobody may change or remove an event of the ledger, and the table itself refuses it', () => {
    const forbidden = /^dynamodb:(UpdateItem|DeleteItem|BatchWriteItem|PartiQL.*|DeleteTable|UpdateTable|\*)$/;
    expect(actions().filter((action) => forbidden.test(action))).toEqual([]);
    const [table] = muster.ofType('AWS::DynamoDB::Table');
    const [deny] = table?.Properties.ResourcePolicy.PolicyDocument.Statement ?? [];
    expect(deny).toMatchObject({ Effect: 'Deny', Principal: { AWS: '*' } });
    expect(deny?.Action).toEqual(expect.arrayContaining(['dynamodb:UpdateItem', 'dynamodb:DeleteItem']));
    // Denied for 20 hours, a replica becomes a table of its own for good.
    expect(JSON.stringify(deny?.Condition)).toMatch(
      /^\{"ArnNotLike":\{"aws:PrincipalArn":.*aws-service-role\/replication\.dynamodb\.amazonaws\.com\/AWSServiceRoleForDynamoDBReplication/,
    );
  });

  test('the key that signs the ledger could serve a second region: a key of one region never can', () => {
    const [key] = muster.ofType('AWS::KMS::Key').filter(({ Properties }) => Properties.KeySpec === 'HMAC_256');
    expect(key?.Properties.MultiRegion).toBe(true);
  });

  test('only approve writes votes, and it writes nothing else', () => {
    const writers = FUNCTIONS.flatMap(({ name }) =>
      muster
        .grantsOf(`muster-${name}`)
        .filter((one) => one.Sid === 'LedgerAppend')
        .map((one) => [name, one.Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys']] as const),
    );
    const votes = writers.filter(([, keys]) => JSON.stringify(keys).includes('vote#'));
    expect(votes).toEqual([['approve', ['vote#us-west-2#*']]]);
    expect(Object.fromEntries(writers.filter(([name]) => name.startsWith('step-')))).toEqual(
      Object.fromEntries(ALL_STEPS.map((id) => [`step-${id}`, ['op#us-west-2#*']])),
    );
  });

  test('no role can delete a cluster, an instance, a flag or a record', () => {
    expect(actions().filter((action) => /delete/i.test(action) && action !== 'logs:DeleteLogDelivery')).toEqual([]);
  });

  test('no action is a pattern', () => {
    expect(actions().filter((action) => action.includes('*'))).toEqual([]);
  });

  test('a function without a line in infra/grants.ts is refused', () => {
    const [spec] = FUNCTIONS;
    if (spec === undefined) throw new Error('there are no functions');
    const secretArns = { signing: '', botToken: '', selfTest: '' };
    const own = { secretArns, macKeyArn: '', dataKeyArn: '', streamArn: '', archiveArn: '', droppedQueueArn: '' };
    const stranger = { ...spec, name: 'stranger' };
    expect(() => grantsOf(stranger, deploymentOf(config, 'muster'), own)).toThrow(
      'says nothing of the function stranger',
    );
  });
});
