import { expect, test } from 'vitest';
import type { Config } from '../../core/config/schema.ts';
import { promoteByTwo } from '../../sandbox/rehearsal/actions.ts';
import type { World } from '../../sandbox/world/world.ts';
import { eventsOf, isQuiet, newestOperation, type Stage, setStage } from './world.ts';

const withIpv6 = (config: Config): Config => ({
  ...config,
  applications: Object.fromEntries(
    Object.entries(config.applications).map(([name, app]) => [
      name,
      { ...app, traffic: { ...app.traffic, ipv6: true } },
    ]),
  ),
});

/** What a user on IPv6 is answered, through one of the configured resolvers. */
const answered = (stage: Stage, name: string): Promise<readonly string[]> =>
  stage.play(async () => {
    const answer = await stage.world.network.resolve(name, 'AAAA', '1.1.1.1', { name: 'user', region: undefined });
    return [...answer.addresses].sort();
  });

async function promote(stage: Stage, application: string): Promise<void> {
  await stage.play(() => promoteByTwo(stage.world, stage.script, { application, reason: 'home does not answer' }));
  await stage.until(() => isQuiet(stage.world));
  const [end] = ended(stage.world);
  expect(end).toMatchObject({ data: { outcome: 'succeeded' } });
}

const ended = (world: World) =>
  eventsOf(world, world.streams.op(newestOperation(world))).filter(({ type }) => type === 'operation-ended');

test.each(['shop', 'blog'])('users of %s on IPv6 are led to the standby with the others', async (application) => {
  const stage = await setStage(`ipv6-${application}`, withIpv6);
  const app = stage.config.applications[application];
  if (app === undefined) throw new Error(`the example has no ${application}`);
  const [home, standby] = [
    await answered(stage, app.traffic.home.target),
    await answered(stage, app.traffic.standby.target),
  ];
  expect([home, standby].map((addresses) => addresses.length)).toEqual([1, 1]);
  expect(await answered(stage, app.traffic.record)).toEqual(home);
  stage.world.lose(app.home);
  await promote(stage, application);
  expect(await answered(stage, app.traffic.record)).toEqual(standby);
  // It waited until resolvers said so of both families.
  const done = eventsOf(stage.world, stage.world.streams.op(newestOperation(stage.world))).find(
    (event) => event.type === 'step-done' && event.data.step === 'switch-traffic',
  );
  expect(JSON.stringify(done?.data)).toContain(standby[0]);
});
