import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { messagesIn } from './people-world.ts';
import { answer, section, World } from './world.ts';

let world: World;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  world = new World();
});
afterEach(() => {
  vi.useRealTimers();
});

const { request, vote } = messagesIn(() => world);

it('a world with the same seed plays the same', async () => {
  const play = async () => {
    world = new World();
    world.app = () => Promise.resolve(answer(200, 'ok'));
    await world.during(world.person('U0ANA').type('/dr status'));
    vote();
    await world.during(world.person('U0BEN', { patience_s: 1 }).click('Approve'));
    return {
      now_ms: world.clock.now_ms(),
      stamps: world.slack.workspace.messages.in('C0DR').map((m) => m.ts),
      url: world.client.lastRequest?.body,
    };
  };
  expect(await play()).toEqual(await play());
});

it('a person who waits is woken at the very instant, and leaves no timer behind', async () => {
  const waiting = world.person('U0ANA').waitForMessage('Approved');
  const due_ms = world.clock.now_ms() + 90_000;
  world.clock.after(90_000, () => request([section('Approved')]));
  await world.during(waiting);
  expect(world.clock.now_ms()).toBe(due_ms);
  expect(await world.clock.run({ until: () => false, limit_ms: Number.POSITIVE_INFINITY })).toBe('idle');
  expect(world.clock.now_ms()).toBe(due_ms);
});

it('a deleted user cannot sign in', () => {
  expect(() => world.person('U0LEFT')).toThrow('cannot sign in');
});
