import type { Capacity } from '../core/capacity.ts';
import type { ApplicationConfig, ServiceConfig } from '../core/config/schema.ts';
import { movedSomething } from '../core/fence.ts';
import type { Change, EventData } from '../core/ledger.ts';
import type { Operation } from '../core/operation.ts';
import { stepsOf } from '../core/operations/registry.ts';
import { capacityClient } from './adapters/capacity.ts';
import { bestEffort, NEEDED } from './adapters/clients.ts';
import { attempt } from './adapters/errors.ts';
import { inAccountOf } from './adapters/reach.ts';

export interface Undo {
  readonly change: Change;
  readonly service: ServiceConfig;
  readonly side: 'home' | 'standby';
}

/**
 * What an operation that came to nothing has to set back: the oldest change of each resource has what was there before.
 * Only while nothing irreversible was called; after that the standby may be serving, and taking its capacity away would
 * cause a second outage. Pure.
 */
export function toUndo(operation: Operation, app: ApplicationConfig): readonly Undo[] {
  if (movedSomething(operation)) return [];
  const found = new Map<string, Undo>();
  for (const { id } of stepsOf(operation.plan.kind).filter(({ isUndone }) => isUndone)) {
    for (const { change } of operation.steps.get(id)?.acted ?? []) {
      if (change === undefined) continue;
      const key = `${change.resource} ${change.region}`;
      const service = app.services.find((s) => `${s.kind} ${s.name}` === change.resource);
      if (service === undefined || found.has(key)) continue;
      found.set(key, { change, service, side: change.region === app.home ? 'home' : 'standby' });
    }
  }
  return [...found.values()];
}

/**
 * Capacity back to what the ledger says it was before. Absolute numbers, so twice is as once; what failed is reported.
 */
export async function undo(list: readonly Undo[], app: ApplicationConfig): Promise<EventData['operation-undone']> {
  const done: string[] = [];
  const left: string[] = [];
  for (const { change, service, side } of list) {
    const client = capacityClient(app[side], side, inAccountOf(app, side === 'home' ? bestEffort(3_000) : NEEDED));
    const result = await attempt(client.set(service, asCapacity(change.before)));
    const what = `${change.resource} in ${change.region} to ${JSON.stringify(change.before)}`;
    if (result.ok) done.push(what);
    else left.push(`${what} (${result.failure.text})`);
  }
  return { done, left };
}

const asCapacity = (value: unknown): Capacity => {
  const { min, desired, max } = value as Partial<Capacity>;
  return { min, desired: desired ?? 0, max };
};
