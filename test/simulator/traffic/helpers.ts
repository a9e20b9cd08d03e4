import type { Call } from '../../../simulator/aws/service.ts';
import { type Clock, VirtualClock } from '../../../simulator/clock.ts';
import type { Environment } from '../../../simulator/environment.ts';
import { type Random, seeded } from '../../../simulator/random.ts';

export const START_MS = Date.UTC(2026, 10, 20, 23, 14);
const ACCOUNT = '111122223333';

/** An environment whose durations are drawn from the seed, or fixed by name; regions are lost and restored by hand. */
function testEnvironment(random: Random, fixed: Readonly<Record<string, number>> = {}) {
  const lost = new Set<string>();
  const environment: Environment = {
    regionServes: (region) => !lost.has(region),
    duration_ms: (name, low_ms, high_ms) => fixed[name] ?? random.split(`duration/${name}`).between(low_ms, high_ms),
  };
  return { environment, lost };
}

export function testWorld(seed = 'traffic', fixed: Readonly<Record<string, number>> = {}) {
  const clock = new VirtualClock(START_MS);
  const random = seeded(seed);
  return { clock, random, accountId: ACCOUNT, ...testEnvironment(random, fixed) };
}

export function fakeCall(clock: Clock, region: string, random: Random = seeded('call')): Call {
  return { clock, random, accountId: ACCOUNT, region, caller: { name: 'test', region } };
}

export async function advance(clock: VirtualClock, duration_ms: number): Promise<void> {
  const target_ms = clock.now_ms() + duration_ms;
  let reached = false;
  clock.after(duration_ms, () => {
    reached = true;
  });
  await clock.run({ until: () => reached, limit_ms: target_ms });
}

/** The code of the AwsError that `act` throws. */
export async function refusal(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
  return 'accepted';
}
