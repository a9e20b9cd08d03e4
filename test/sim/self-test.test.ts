import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { kindOf } from '../../core/kinds.ts';
import type { Operation } from '../../core/operation.ts';
import { SELF_TEST_USER } from '../../core/self-test.ts';
import { ANA, CHEN, HOME, STANDBY } from '../../sandbox/rehearsal/actions.ts';
import type { World } from '../../sandbox/world/world.ts';
import type { Operation as ServiceOperation } from '../../simulator/aws/service.ts';
import * as forged from '../../simulator/slack/forged.ts';
import type { WireRequest } from '../../simulator/wire.ts';
import { askedFor } from './pending.ts';
import { actionPayload, actionRequest, commandRequest, expectUnchanged, post, secretOf, typed } from './requests.ts';
import { eventsOf, type Stage, setStage } from './world.ts';

/** Every self-test that the ledger knows, oldest first. */
const tests = (world: World): readonly Operation[] =>
  world
    .operationIds()
    .filter((id) => kindOf(id) === 'self-test')
    .flatMap((id) => world.operation(id) ?? [])
    .sort((a, b) => a.draftedAt.localeCompare(b.draftedAt));

const run = (stage: Stage): Promise<unknown> =>
  stage.play(() => stage.world.lambda.invoke(STANDBY, 'muster-self-test', {}));

/** What the function counted last. */
function counted(world: World): { readonly SelfTestPassed?: number; readonly why?: string } {
  const line = world.lambda.logs.findLast(({ message }) => message.includes('SelfTestPassed'));
  return JSON.parse(line?.message ?? '{}') as { SelfTestPassed?: number };
}

const channelTexts = ({ world, config }: Stage): readonly string[] =>
  world.slack.workspace.messages.in(config.slack.channel).map(({ text }) => text);

async function store(stage: Stage, name: string, value: string): Promise<void> {
  const { world } = stage;
  const put = world.services.secrets.service.operations['PutSecretValue'];
  const caller = { name: 'person:admin', region: undefined };
  await put?.(
    { SecretId: name, SecretString: value, ClientRequestToken: randomUUID() },
    { clock: world.clock, random: world.random, accountId: '111122223333', region: STANDBY, caller },
  );
  // What functions keep of a secret is old by then.
  await stage.pass(6 * 60);
}

describe('on an ordinary day', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage('self-test');
    await stage.until(() => tests(stage.world)[0]?.ended !== undefined, 8 * 3600);
    await stage.pass(30);
  }, 120_000);

  test('a self-test passes, by its schedule', () => {
    expect(tests(stage.world)).toHaveLength(1);
    expect(tests(stage.world)[0]?.ended?.outcome).toBe('succeeded');
    expect(tests(stage.world)[0]?.draftedAt).toMatch(/T09:1[78]:/);
    expect(counted(stage.world).SelfTestPassed).toBe(1);
  });

  test('it went the whole way: lock, quorum, execution, message', () => {
    const { world } = stage;
    const [one] = tests(world);
    const id = one?.id ?? '';
    expect(eventsOf(world, world.streams.app('self-test')).map(({ type }) => type)).toEqual(['operation-started']);
    expect(one?.rounds[0]?.votes.map(({ identity }) => identity)).toEqual(['self-test']);
    expect(one?.rounds[0]?.decision).toMatchObject({ what: 'approved', by: ['self-test'] });
    expect(eventsOf(world, world.streams.view(id)).map(({ type }) => type)).toContain('message-posted');
    const execution = world.stepFunctions.executions(STANDBY).find(({ name }) => name === id);
    expect(execution?.status).toBe('SUCCEEDED');
  });

  test('it touched nothing but Muster itself', () => {
    const application = ['rds', 'ecs', 's3', 'route-53', 'application-auto-scaling'];
    const mine = stage.world.calls.filter(({ caller }) => caller.name.startsWith('muster-'));
    expect(
      mine.filter(({ service, caller }) => application.includes(service) && !/archive|reconciler/.test(caller.name)),
    ).toEqual([]);
    expect(mine.filter(({ region }) => region === HOME)).toEqual([]);
  });

  test('the channel has one message of it, without a thread and without a button', () => {
    const texts = channelTexts(stage);
    expect(texts).toHaveLength(1);
    expect(texts[0]).toMatch(/^Self-test: passed in \d+ s\. Nothing was changed/);
    const [message] = stage.world.slack.workspace.messages.in(stage.config.slack.channel);
    expect(JSON.stringify(message?.blocks)).not.toContain('"button"');
  });

  test('people cannot abort it: to them it is no operation', async () => {
    const id = tests(stage.world)[0]?.id ?? '';
    const told = await expectUnchanged(stage, () => typed(stage, ANA, `/dr abort ${id}`));
    expect(told.all).toContain(id);
    expect(told.all).not.toMatch(/not one of the people/);
  });

  test('/dr status says so', async () => {
    const { ephemeral } = await typed(stage, ANA, '/dr status');
    expect(ephemeral.join('\n')).toMatch(/\*Self-test:\* passed <!date/);
  });
});

describe('when something has died', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage('self-test-dead');
  });

  test('a receiver that does not answer is found', async () => {
    const { host } = new URL(stage.world.deployment.requestUrl);
    stage.world.network.faults.setHost(host, 'hang');
    await run(stage);
    stage.world.network.faults.setHost(host, undefined);
    expect(counted(stage.world)).toMatchObject({ SelfTestPassed: 0 });
    expect(counted(stage.world).why).toMatch(/never reached the ledger: the receiver did not answer/);
  });

  test('a revoked bot token is found, and said where it can still be said', async () => {
    await store(stage, 'muster/slack-bot-token', 'xoxb-revoked');
    await run(stage);
    expect(counted(stage.world)).toMatchObject({ SelfTestPassed: 0 });
    expect(tests(stage.world).at(-1)?.ended?.outcome).not.toBe('succeeded');
    expect(channelTexts(stage)).toEqual([]);
    await store(stage, 'muster/slack-bot-token', stage.world.slack.workspace.spec.botToken);
    const { ephemeral } = await typed(stage, ANA, '/dr status');
    expect(ephemeral.join('\n')).toMatch(/SELF-TEST FAILED.*none of the last few passed.*docs\/runbook\.md/s);
  });

  test('a new key is used by every function', async () => {
    await store(stage, 'muster/self-test-key', 'another-key');
    await run(stage);
    expect(counted(stage.world).SelfTestPassed).toBe(1);
  });

  test('Slack away for five minutes is waited for', async () => {
    const now_ms = stage.world.clock.now_ms();
    stage.world.slack.faults.down(now_ms, now_ms + 5 * 60_000, 'hang');
    await run(stage);
    expect(counted(stage.world).SelfTestPassed).toBe(1);
  });

  test('two at once: the second is refused and says why', async () => {
    stage.world.slack.faults.set('503');
    const first = stage.world.lambda.invoke(STANDBY, 'muster-self-test', {});
    await stage.pass(60);
    await run(stage);
    stage.world.slack.faults.set(undefined);
    await stage.play(() => first);
    expect(tests(stage.world).at(-1)?.ended).toMatchObject({
      outcome: 'refused',
      why: expect.stringMatching(/has not ended/),
    });
  });
});

describe('its key opens nothing else', () => {
  let stage: Stage;
  let key: string;
  beforeAll(async () => {
    stage = await setStage('self-test-key');
    stage.world.lose(HOME);
    const get = stage.world.services.secrets.service.operations['GetSecretValue'] as ServiceOperation;
    const { clock, random } = stage.world;
    const caller = { name: 'person:thief', region: undefined };
    const call = { clock, random, accountId: '111122223333', region: STANDBY, caller };
    key = ((await get({ SecretId: 'muster/self-test-key' }, call)) as { SecretString: string }).SecretString;
  });

  const bodyOf = (request: WireRequest): string => new TextDecoder().decode(request.body);
  const withKey = (request: WireRequest): WireRequest => {
    const again = forged.withBody(request, bodyOf(request), key);
    return { ...again, headers: { ...again.headers, 'x-muster-self-test': 'yes' } };
  };
  const asActor = (text: string): WireRequest => commandRequest(stage.world, ANA, text, { user_id: SELF_TEST_USER });

  /** Behind the receiver, as somebody could call who may invoke the function. */
  const behind = async (name: 'command' | 'approve', kind: 'command' | 'action', request: WireRequest) => {
    const signed = {
      body: bodyOf(request),
      timestamp: request.headers['x-slack-request-timestamp'],
      signature: request.headers['x-slack-signature'],
    };
    const answer = await stage.play(() => stage.world.lambda.invoke(STANDBY, `muster-${name}`, { kind, signed }));
    await stage.pass(20);
    return answer;
  };

  test.each(['promote shop', 'status', 'abort promote-shop-20261120-0300-0000', 'self-test now', 'help'])(
    '/dr %s, as its actor or as Ana, changes nothing',
    async (text) => {
      for (const request of [asActor(text), commandRequest(stage.world, ANA, text)]) {
        await expectUnchanged(stage, () => post(stage, withKey(request)));
        const answer = await expectUnchanged(stage, () => behind('command', 'command', withKey(request)));
        expect(answer.payload).toMatch(/no self-test: nothing was done/);
      }
    },
  );

  test('nobody starts one by typing it', async () => {
    const told = await expectUnchanged(stage, () => typed(stage, ANA, '/dr self-test'));
    expect(told.all).toMatch(/self-test/);
    expect(tests(stage.world)).toEqual([]);
  });

  test('an approval of a real promote is refused, by the receiver and behind it', async () => {
    const pending = await askedFor(stage);
    for (const user of [SELF_TEST_USER, CHEN]) {
      const payload = actionPayload(stage.world, user, pending.request(), 'approve');
      const request = withKey(actionRequest(stage.world, payload));
      await post(stage, request);
      for (const name of ['command', 'approve'] as const) {
        const answer = await behind(name, 'action', request);
        expect(answer.payload).toMatch(/no self-test: nothing was done/);
      }
    }
    expect(eventsOf(stage.world, stage.world.streams.vote(pending.operation))).toEqual([]);
    // Even signed by Slack itself, its actor is nobody.
    const payload = actionPayload(stage.world, SELF_TEST_USER, pending.request(), 'approve');
    await post(
      stage,
      forged.withBody(
        actionRequest(stage.world, payload),
        bodyOf(actionRequest(stage.world, payload)),
        secretOf(stage.world),
      ),
    );
    const votes = eventsOf(stage.world, stage.world.streams.vote(pending.operation));
    expect(votes.map((event) => event.type === 'vote' && event.data.accepted)).toEqual([false]);
  });
});
