import { describe, expect, test } from 'vitest';
import { promoteDialog, reasonDialog, refusalView } from '../../core/messages/dialogs.ts';
import { statusText } from '../../core/messages/status.ts';
import { duration, stepTitle, utc, when } from '../../core/messages/words.ts';
import { describeSteps } from '../../core/operations/describe.ts';
import { neededFromLeft, type Plan } from '../../core/plan.ts';
import { refuse } from '../../core/reasons.ts';
import { readable } from './messages-text.ts';
import { choicesOf, config, ID, type Scene, Streams, topologyOf, underWay } from './messages-world.ts';
import { PROMOTE_STEPS } from './step-ids.ts';

const shop = config.applications['shop'];
if (shop === undefined) throw new Error('no shop');
const HEALTHY: Scene = {
  verdict: 'healthy',
  probes: [{ what: 'RDS', result: 'ok', detail: '' }],
  lag: { lag_ms: 12, age_s: 20 },
};

describe('the dialog', () => {
  test('shows, before anything is asked, each step with its region and its calls', () => {
    const streams = new Streams().draft();
    const view = promoteDialog(streams.operation(), config, streams.now, 'home is dark');
    const words = readable(view);
    expect(words).toContain('*REAL promote of shop from us-east-1 to us-west-2.* Nothing has been started.');
    expect(words).toContain(
      '*Promote the database*, us-west-2: `rds:FailoverGlobalCluster` (with AllowDataLoss; if it is stuck or refused, people are asked about a detach) *Point of no return.*',
    );
    expect(words).toContain('`autoscaling:UpdateAutoScalingGroup`');
    expect(words).toContain('Why? It goes into the record.: home is dark');
    expect(JSON.parse(view.private_metadata)).toEqual({ operation: ID });
    expect(view.callback_id).toBe('promote');
  });

  test('lets a person choose the method only where there is a choice', () => {
    const radio = (scene: Scene) =>
      promoteDialog(new Streams().draft(scene).operation(), config, '2026-11-20T23:14:10.000Z').blocks.flatMap(
        (block) =>
          block.type === 'input' && block.element.type === 'radio_buttons'
            ? block.element.options.map((o) => o.value)
            : [],
      );
    expect(choicesOf({}).map((c) => c.choice)).toEqual(['proposed']);
    expect(radio({})).toEqual([]);
    expect(radio(HEALTHY)).toEqual(['proposed', 'failover']);
  });

  test('offers the other method with its price', () => {
    const words = readable(
      promoteDialog(
        new Streams().draft({ ...HEALTHY, lag: { lag_ms: 40, age_s: 30 } }).operation(),
        config,
        '2026-11-20T23:14:10.000Z',
      ),
    );
    expect(words).toContain('*Failover by force:* up to 1 min 30 s of writes may be lost');
    expect(words).toContain('*Data lost:* none: a switchover waits until the standby has everything');
  });

  test('a dialog for words carries ids alone and says what the decision does', () => {
    const view = reasonDialog('skip', ID, 2, 'fence-home');
    expect(view.callback_id).toBe('reason');
    expect(JSON.parse(view.private_metadata)).toEqual({ operation: ID, kind: 'skip', round: 2, step: 'fence-home' });
    expect(readable(view)).toContain('*Skipping* "Fence home"');
  });

  test('a refusal says what happened and the next action', () => {
    const words = readable(
      refusalView('Nothing was started', refuse('region-mismatch', { word: 'mars', region: 'us-west-2' })),
    );
    expect(words).toBe('You typed `mars`.\n*Next:* Type the target region exactly: us-west-2.');
  });
});

describe('/dr status', () => {
  test('leads with the verdict and whether the application could move', () => {
    expect(statusText(topologyOf(), config, shop)).toMatch(
      /^\*shop: home us-east-1 is LOST; ready to promote to us-west-2 \(Failover by force, up to 1 min 38 s/,
    );
    expect(statusText(topologyOf(HEALTHY), config, shop)).toMatch(
      /^\*shop: home us-east-1 is HEALTHY; ready to promote .*no data lost/,
    );
  });

  test('says NOT ready, why, and what to do', () => {
    const topology = topologyOf();
    const blind = { ...topology, database: { known: false, why: 'RDS did not answer' } as const };
    const words = statusText(blind, config, shop);
    expect(words).toContain('NOT ready to promote');
    expect(words).toContain('*Because:* Muster cannot see the database from us-west-2 (RDS did not answer)');
    expect(words).toContain('*Database:* unknown: RDS did not answer');
  });

  test('gives the evidence and the age of what it says', () => {
    const words = statusText(topologyOf(), config, shop);
    expect(words).toContain('LOST. RDS in us-east-1: silent (no answer within 3 s), shop.example.com: silent.');
    expect(words).toContain('5 s, data point 1 min 30 s old when it was read');
    expect(words).toContain('2026-11-20 23:14:00 UTC');
  });

  test('says that an application has been promoted, and names an operation in flight', () => {
    expect(statusText(topologyOf({ writer: 'standby', traffic: 'standby' }), config, shop)).toMatch(
      /^\*shop: runs in us-west-2/,
    );
    expect(statusText(topologyOf(), config, shop, underWay().operation())).toContain(
      `an operation is in flight, \`${ID}\``,
    );
  });
});

describe('what the steps of a plan do', () => {
  const does = (plan: Plan, id: string) => describeSteps(plan, shop).find(({ step }) => step.id === id)?.does;

  test('says of a switchover that it is asked of the region being left', () => {
    const [choice] = choicesOf(HEALTHY);
    if (choice === undefined) throw new Error('no plan');
    const step = does(choice.plan, 'promote-database');
    expect(step).toMatchObject({ region: 'us-east-1', calls: ['rds:SwitchoverGlobalCluster'], irreversible: true });
    expect(does(choice.plan, 'fence-home')?.applies).toBe(false);
    expect(neededFromLeft(choice.plan)).toContain('RDS');
  });

  test('needs nothing of home for a forced move with the strategy stop', () => {
    const [choice] = choicesOf();
    if (choice === undefined) throw new Error('no plan');
    const plan = { ...choice.plan, traffic: { ...choice.plan.traffic, strategy: 'stop' } } as const;
    expect(neededFromLeft(plan)).toBeUndefined();
    expect(does(plan, 'switch-traffic')).toMatchObject({
      region: 'us-west-2',
      calls: ['s3:PutObject'],
    });
  });

  test('have exactly one step that cannot be rolled back, in every plan that moves a writer', () => {
    for (const { plan } of [...choicesOf(), ...choicesOf(HEALTHY)]) {
      expect(
        describeSteps(plan, shop)
          .filter(({ does }) => does.applies && does.irreversible)
          .map(({ step }) => step.id),
      ).toEqual(['promote-database']);
    }
  });
});

describe('words', () => {
  test.each([
    [0, '0 s'],
    [0.04, '40 ms'],
    [20, '20 s'],
    [59.6, '1 min'],
    [200, '3 min 20 s'],
    [5_400, '1 h 30 min'],
    [183_600, '2 d 3 h'],
    [-1, 'unknown'],
    [Number.NaN, 'unknown'],
  ])('%s seconds are %s', (span_s, words) => {
    expect(duration(span_s)).toBe(words);
  });

  test('every step has a title, and times keep UTC as fallback', () => {
    for (const step of PROMOTE_STEPS) expect(stepTitle(step)).not.toBe(step);
    expect(utc('2026-11-20T23:14:05.123Z')).toBe('2026-11-20 23:14:05 UTC');
    expect(when('2026-11-20T23:14:05.123Z')).toBe(
      '<!date^1795216445^{date_short_pretty} {time_secs}|2026-11-20 23:14:05 UTC>',
    );
    expect(when('<!channel>')).not.toContain('<');
  });
});

test('a refusal that names a form such as <application> shows it, instead of a broken link', () => {
  const refusal = refuse('application-missing', { command: 'promote', known: 'shop' });
  expect(readable(refusalView('Promote', refusal))).toContain('`/dr promote &lt;application&gt;`');
});
