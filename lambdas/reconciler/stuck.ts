import { stuckWhy } from '../../core/stuck.ts';
import { count } from '../adapters/metric.ts';
import type { Recent, ReconcilerWorld } from './world.ts';

/**
 * A stuck operation is counted every minute, and an alarm watches the count: its people may not be looking at Slack.
 */
export async function tellStuck({ recent }: Recent, world: ReconcilerWorld): Promise<void> {
  const [newest] = recent;
  const why = newest === undefined ? undefined : stuckWhy(newest, world.now_ms);
  if (newest !== undefined && why !== undefined) {
    count(world.environment.prefix, 'OperationStuck', 1, { operation: newest.id, why });
  }
}
