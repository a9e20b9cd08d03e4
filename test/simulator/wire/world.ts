import { createEndpoint, type Endpoint } from '../../../simulator/aws/endpoint.ts';
import type { CallRecord, FaultRule } from '../../../simulator/aws/faults.ts';
import type { Operation, Service } from '../../../simulator/aws/service.ts';
import { VirtualClock } from '../../../simulator/clock.ts';
import { seeded } from '../../../simulator/random.ts';

export const START_MS = Date.UTC(2026, 10, 20, 23, 14);

export interface TestWorld {
  readonly endpoint: Endpoint;
  readonly clock: VirtualClock;
  readonly calls: CallRecord[];
}

export function world(services: readonly Service[], faults?: FaultRule, clock = new VirtualClock(START_MS)): TestWorld {
  const calls: CallRecord[] = [];
  const onCall = (record: CallRecord): void => {
    calls.push(record);
  };
  const options = { services, clock, random: seeded('wire'), accountId: '111122223333', onCall };
  return { endpoint: createEndpoint(faults === undefined ? options : { ...options, faults }), clock, calls };
}

/** A service that keeps the inputs it was given. */
export function recording(
  id: string,
  schemas: object,
  operations: Readonly<Record<string, Operation>>,
): { service: Service; inputs: unknown[] } {
  const inputs: unknown[] = [];
  const kept = Object.entries(operations).map(([name, operation]): [string, Operation] => [
    name,
    (input, call) => {
      inputs.push(input);
      return operation(input, call);
    },
  ]);
  return { service: { id, schemas: { ...schemas }, operations: Object.fromEntries(kept) }, inputs };
}

/** Runs the world until a promise settles; its value or its reason. */
export async function settle<T>(clock: VirtualClock, promise: Promise<T>, limit_ms = START_MS + 3_600_000): Promise<T> {
  let settled = false;
  const done = (): void => {
    settled = true;
  };
  promise.then(done, done);
  const result = await clock.run({ until: () => settled, limit_ms });
  if (result !== 'done') throw new Error(`Nothing was left to happen (${result}) before the promise settled.`);
  return promise;
}
