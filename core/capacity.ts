import type { CapacityConfig } from './config/schema.ts';
import type { ServiceObserved } from './topology.ts';

/** Absolute numbers; `min` and `max` undefined: no scaling target is registered, and none is made. */
export interface Capacity {
  readonly min: number | undefined;
  readonly desired: number;
  readonly max: number | undefined;
}

/** What must be set so that a service has at least `wanted`; undefined: it has. Never lowers what is already more. */
export function raiseTo(seen: ServiceObserved, wanted: CapacityConfig): Capacity | undefined {
  const scaled = seen.min !== undefined && seen.max !== undefined;
  const next: Capacity = {
    min: scaled ? Math.max(seen.min, wanted.min) : undefined,
    desired: Math.max(seen.desired, wanted.desired),
    max: scaled ? Math.max(seen.max, wanted.max) : undefined,
  };
  return next.min === seen.min && next.desired === seen.desired && next.max === seen.max ? undefined : next;
}

/** What must be set so that a service has at most `wanted`; undefined: it has. Never raises what is already less. */
export function lowerTo(seen: ServiceObserved, wanted: CapacityConfig): Capacity | undefined {
  const next: Capacity = {
    min: seen.min === undefined ? undefined : Math.min(seen.min, wanted.min),
    desired: Math.min(seen.desired, wanted.desired),
    max: seen.max === undefined ? undefined : Math.min(seen.max, wanted.max),
  };
  return next.min === seen.min && next.desired === seen.desired && next.max === seen.max ? undefined : next;
}

/** Nothing runs and scaling cannot start anything: minimum and desired count 0, the maximum as it is. */
export function toZero(seen: ServiceObserved): Capacity | undefined {
  const min = seen.min === undefined ? undefined : 0;
  return seen.desired === 0 && seen.min === min ? undefined : { min, desired: 0, max: seen.max };
}

/** Running, and healthy behind its load balancer where it has one. */
export function isUp(seen: ServiceObserved, desired: number): boolean {
  return seen.running >= desired && (seen.healthy === undefined || seen.healthy >= desired);
}

export const capacityOf = (seen: ServiceObserved): Capacity => ({
  min: seen.min,
  desired: seen.desired,
  max: seen.max,
});

/** `min 4, desired 6, max 24` */
export function sayCapacity(capacity: Capacity): string {
  const bounds = capacity.min === undefined ? '' : `min ${capacity.min}, `;
  const top = capacity.max === undefined ? '' : `, max ${capacity.max}`;
  return `${bounds}desired ${capacity.desired}${top}`;
}
