import { readFileSync } from 'node:fs';
import { parseConfig } from '../../../core/config/parse.ts';
import type { Config } from '../../../core/config/schema.ts';
import { FUNCTIONS } from '../../../core/functions.ts';
import { KINDS } from '../../../core/kinds.ts';
import type { RunningApplication } from '../../../sandbox/world/applications.ts';
import type { SeedChanges } from '../../../sandbox/world/seed.ts';
import { createWorld, type World } from '../../../sandbox/world/world.ts';
import { VirtualClock } from '../../../simulator/clock.ts';
import { NetworkFailure, type WireRequest } from '../../../simulator/wire.ts';
import { clientOptions } from '../../simulator/wire/sdk-client.ts';

export const HOME = 'us-east-1';
export const STANDBY = 'us-west-2';
export const START_MS = Date.parse('2026-11-20T02:54:00Z');

/** Functions and state machines that do nothing: these tests are about the world around them. */
const ARTIFACTS = {
  bundles: Object.fromEntries(FUNCTIONS.map(({ bundle }) => [bundle, 'exports.handler = async () => undefined;'])),
  machines: Object.fromEntries(
    KINDS.map((kind) => [kind, JSON.stringify({ StartAt: 'End', States: { End: { Type: 'Succeed' } } })]),
  ),
};

function exampleConfig(): Config {
  const parsed = parseConfig(readFileSync(new URL('../../../muster.yaml', import.meta.url), 'utf8'));
  if (!parsed.ok) throw new Error(`muster.yaml is not valid: ${JSON.stringify(parsed.problems)}`);
  return parsed.config;
}

/** The sandbox of the example configuration, without Muster. */
export function bareWorld(changes: SeedChanges = {}, change: (config: Config) => Config = (config) => config) {
  const clock = new VirtualClock(START_MS);
  const config = change(exampleConfig());
  const world = createWorld({ config, seed: 'bare', clock, artifacts: ARTIFACTS, changes });
  const pass = async (seconds: number): Promise<void> => {
    let over = false;
    clock.after(seconds * 1000, () => {
      over = true;
    });
    await clock.run({ until: () => over, limit_ms: clock.now_ms() + seconds * 1000 });
  };
  /** Lets time pass until it has ended. */
  const play = async <T>(made: Promise<T>): Promise<T> => {
    let ended = false;
    const result = made.finally(() => {
      ended = true;
    });
    // Looked at below: until then a rejection has somebody who waits for it.
    result.catch(() => undefined);
    await clock.run({ until: () => ended, limit_ms: clock.now_ms() + 600_000 });
    return result;
  };
  const options = (region: string) => {
    const played = (request: WireRequest, caller: Parameters<typeof world.network.send>[1]) =>
      play(world.network.send(request, caller));
    return clientOptions(played, region);
  };
  /** What somebody at a keyboard gets: the status, the header, the body; or the code of a failed connection. */
  const get = async (url: string, { method = 'GET', headers = {} }: Partial<WireRequest> = {}) => {
    const request = { method, url: new URL(url), headers, body: new Uint8Array() };
    try {
      const answer = await play(world.network.send(request, { name: 'person:ana', region: undefined }));
      const text = new TextDecoder().decode(answer.body);
      return { status: answer.status, region: answer.headers['x-served-region'], text };
    } catch (error) {
      if (error instanceof NetworkFailure) return { status: error.code, region: undefined, text: '' };
      throw error;
    }
  };
  const running = (name: string) => {
    const found = world.applications.find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no application ${name}`);
    return found;
  };
  return { world, clock, pass, play, options, get, shop: running('shop'), blog: running('blog') };
}

/** Every ECS service of the application gets tasks in its standby. */
export function startStandby(world: World, { config }: RunningApplication): void {
  for (const service of config.services) {
    if (service.kind !== 'ecs') continue;
    const { cluster, service: name } = service.standby;
    world.services.ecs.setDesired(config.standby, `service/${cluster}/${name}`, service.idle.max);
  }
}
