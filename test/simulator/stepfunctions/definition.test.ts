import { describe, expect, it } from 'vitest';
import { parseDefinition } from '../../../simulator/stepfunctions/definition.ts';
import { ACCOUNT, CALLBACK, INVOKE, only, REGION } from './world.ts';

const refusal = (definition: object | string): string => {
  try {
    parseDefinition(typeof definition === 'string' ? definition : JSON.stringify(definition), REGION);
    return 'accepted';
  } catch (error) {
    return (error as Error).message;
  }
};

const task = (fields: object) =>
  only({ Type: 'Task', Resource: INVOKE, Parameters: { FunctionName: 'f' }, End: true, ...fields });
const pass = (fields: object) => only({ Type: 'Pass', End: true, ...fields });
const lambdaArn = (region: string, rest = '') => `arn:aws:lambda:${region}:${ACCOUNT}:function:f${rest}`;

describe('definitions that are refused', () => {
  it.each<[string, object | string, string]>([
    ['no JSON', '{', 'INVALID_JSON_DESCRIPTION'],
    ['no states', { StartAt: 'S' }, 'SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /'],
    ['an unknown target', only({ Type: 'Pass', Next: 'Nowhere' }), 'MISSING_TRANSITION_TARGET'],
    [
      'an unreachable state',
      { StartAt: 'A', States: { A: { Type: 'Succeed' }, B: { Type: 'Succeed' } } },
      'not reachable',
    ],
    ['an unknown field', pass({ Foo: 1 }), 'SCHEMA_VALIDATION_FAILED'],
    ['JSONata', pass({ QueryLanguage: 'JSONata' }), 'the query language JSONata is not simulated'],
    [
      'JSONata for the machine',
      { ...pass({}), QueryLanguage: 'JSONata' },
      'the query language JSONata is not simulated',
    ],
    ['variables', pass({ Assign: { a: 1 } }), 'variables (Assign) are not simulated'],
    ['a filter in a path', pass({ InputPath: '$.a[?(@.x==1)]' }), 'are not simulated'],
    ['a union in a path', pass({ Parameters: { 'a.$': '$.a[0,1]' } }), 'are not simulated'],
    ['a function in a path', pass({ InputPath: '$.a.length()' }), 'InputPath'],
    ['an unknown intrinsic function', pass({ Parameters: { 'a.$': 'States.Nope($)' } }), 'SCHEMA_VALIDATION_FAILED'],
    ['a path that is a number', pass({ Parameters: { 'a.$': 1 } }), 'must be string'],
    ['a ResultPath with a wildcard', pass({ ResultPath: '$.a[*]' }), 'ResultPath'],
    [
      'another service',
      task({ Resource: 'arn:aws:states:::sqs:sendMessage' }),
      'the resource arn:aws:states:::sqs:sendMessage is not simulated',
    ],
    ['an activity', task({ Resource: `arn:aws:states:${REGION}:${ACCOUNT}:activity:a` }), 'is not simulated'],
    ['lambda:invoke without a function', task({ Parameters: { Payload: {} } }), 'FunctionName is required'],
    [
      'an asynchronous invocation',
      task({ Parameters: { FunctionName: 'f', InvocationType: 'Event' } }),
      'the InvocationType Event is not simulated',
    ],
    ['a function in another region', task({ Resource: lambdaArn('us-east-1') }), 'is in another region'],
    ['an alias', task({ Parameters: { FunctionName: lambdaArn(REGION, ':live') } }), 'versions and aliases'],
    ['heartbeats that nobody can send', task({ HeartbeatSeconds: 5 }), 'HeartbeatSeconds'],
    [
      'a heartbeat longer than the timeout',
      task({ Resource: CALLBACK, HeartbeatSeconds: 10, TimeoutSeconds: 10 }),
      'HeartbeatSeconds must be less than TimeoutSeconds',
    ],
    ['a timeout of nothing', task({ TimeoutSeconds: 0 }), 'SCHEMA_VALIDATION_FAILED'],
    [
      'States.ALL beside another name',
      task({ Retry: [{ ErrorEquals: ['States.ALL', 'X'] }] }),
      'States.ALL must appear alone',
    ],
    [
      'States.ALL before another retrier',
      task({ Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['X'] }] }),
      'States.ALL must appear alone',
    ],
    ['a backoff that shrinks', task({ Retry: [{ ErrorEquals: ['X'], BackoffRate: 0.5 }] }), 'SCHEMA_VALIDATION_FAILED'],
    [
      'distributed Map',
      only({
        Type: 'Map',
        ItemProcessor: { ...pass({}), ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
        End: true,
      }),
      'distributed Map is not simulated',
    ],
    [
      'a choice with two operators',
      {
        StartAt: 'C',
        States: {
          C: { Type: 'Choice', Choices: [{ Variable: '$.a', IsNull: true, IsString: true, Next: 'D' }] },
          D: { Type: 'Succeed' },
        },
      },
      'SCHEMA_VALIDATION_FAILED',
    ],
    [
      'a wait for a bad timestamp',
      only({ Type: 'Wait', Timestamp: '2026-11-20', End: true }),
      'SCHEMA_VALIDATION_FAILED',
    ],
    [
      'a branch that leaves its Parallel',
      {
        StartAt: 'P',
        States: {
          P: { Type: 'Parallel', Branches: [{ StartAt: 'A', States: { A: { Type: 'Pass', Next: 'Z' } } }], Next: 'Z' },
          Z: { Type: 'Succeed' },
        },
      },
      'Z',
    ],
  ])('%s', (_what, definition, sentence) => {
    expect(refusal(definition)).toContain(sentence);
  });
});

describe('definitions that are accepted', () => {
  it('a payload may hold words of the language as data', () => {
    expect(refusal(pass({ Result: { QueryLanguage: 'JSONata', Assign: 1 } }))).toBe('accepted');
  });

  it('the definition is kept as it was written', () => {
    const definition = { Comment: 'c', ...pass({ Comment: 'x' }) };
    expect(parseDefinition(JSON.stringify(definition), REGION)).toEqual(definition);
  });
});
