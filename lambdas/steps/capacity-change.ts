import { type Capacity, capacityOf, sayCapacity } from '../../core/capacity.ts';
import type { ServiceConfig } from '../../core/config/schema.ts';
import type { ServiceObserved } from '../../core/topology.ts';
import type { StepChange } from '../runner/step.ts';

/** One service of one side set to absolute numbers; what prewarm, scale-out, fence-home and close have in common. */
export interface CapacityAction {
  readonly service: string;
  readonly capacity: Capacity;
}

export function capacityChange(
  service: ServiceConfig,
  seen: ServiceObserved,
  capacity: Capacity,
): StepChange<CapacityAction> {
  return {
    action: { service: service.name, capacity },
    says: `set ${service.kind} ${service.name} in ${seen.region} to ${sayCapacity(capacity)}`,
    change: {
      resource: `${service.kind} ${service.name}`,
      region: seen.region,
      before: capacityOf(seen),
      after: capacity,
    },
  };
}
