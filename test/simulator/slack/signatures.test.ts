import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as forged from '../../../simulator/slack/forged.ts';
import type { WireRequest } from '../../../simulator/wire.ts';
import { boltApp } from './bolt.ts';
import { World } from './world.ts';

let world: World;
let genuine: WireRequest;
let served: string[];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  world = new World();
  served = [];
  const app = boltApp(world);
  app.command('/dr', async ({ command, ack }) => {
    served.push(command.user_id);
    await ack();
  });
  await world.during(world.client.command('U0ANA', 'C0DR', '/dr status'));
  if (world.client.lastRequest === undefined) throw new Error('nothing was sent');
  genuine = world.client.lastRequest;
});

afterEach(() => {
  vi.useRealTimers();
});

const secret = '8f742231b10e8888abcd99yyyzzz85a5';
const status = async (request: WireRequest): Promise<number> => (await world.app(request)).status;

describe("Bolt's receiver, about what the simulated Slack sends", () => {
  it('accepts the signature', () => {
    expect(served).toEqual(['U0ANA']);
  });

  it('accepts a replay within five minutes, and refuses it afterwards', async () => {
    await world.pass(299_000);
    expect(await status(forged.replayed(genuine))).toBe(200);
    await world.pass(2_000);
    expect(await status(forged.replayed(genuine))).toBe(401);
    expect(served).toEqual(['U0ANA', 'U0ANA']);
  });

  it.each<[string, (request: WireRequest) => WireRequest]>([
    ['unsigned', forged.unsigned],
    ['signed with another secret', forged.wrongSecret],
    ['altered after signing', (r) => forged.altered(r, (body) => body.replace('U0ANA', 'U0BEN'))],
    ['six minutes old', (r) => forged.dated(r, -360, secret)],
  ])('refuses a request that is %s', async (_, change) => {
    expect(await status(change(genuine))).toBe(401);
    expect(served).toEqual(['U0ANA']);
  });

  it('accepts one from the future, which is a weakness of Bolt', async () => {
    expect(await status(forged.dated(genuine, 3_600, secret))).toBe(200);
  });

  it('throws on malformed JSON and on content types it does not know, and answers any ssl_check unsigned', async () => {
    await expect(status(forged.malformed(genuine, secret))).rejects.toThrow();
    await expect(status(forged.withCharset(genuine))).rejects.toThrow();
    await expect(status(forged.asBinary(genuine))).rejects.toThrow();
    expect(await status(forged.sslCheck(genuine, '0'))).toBe(200);
    expect(served).toHaveLength(1);
  });

  it('verifies bare UTF-8 in a form', async () => {
    expect(await status(forged.rawUtf8(genuine, secret))).toBe(200);
  });

  it('gets a body as large as asked for', () => {
    expect(forged.oversized(genuine, 1_000_000, secret).body.length).toBeGreaterThan(1_000_000);
    expect(forged.bodyless(genuine, secret).body.length).toBe(0);
  });
});
