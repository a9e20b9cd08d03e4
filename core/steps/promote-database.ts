import * as v from 'valibot';
import { assertNever } from '../reasons.ts';
import { looks, nothing, type StepDefinition, USUAL } from './definition.ts';

export interface PromotedData {
  /** Upper bound of the loss; null: not measured. */
  readonly rpo_s: number | null;
  /** How `rpo_s` was measured, or why it was not. */
  readonly how: string;
  /** The new writer's own endpoint, where the cluster's address changes. */
  readonly endpoint?: string | undefined;
  /** It was detached: the application needs that endpoint, and the global one leads elsewhere. */
  readonly standalone?: boolean | undefined;
}

export const promoteDatabase: StepDefinition<'promote-database', PromotedData> = {
  ...USUAL,
  id: 'promote-database',
  title: 'Promote the database',
  comment: 'Makes the standby database the writer.',
  side: 'to',
  rights: ['see-database:to', 'move-database'],
  neverSkipped: 'traffic must never move to a region without a writer',
  data: v.object({
    rpo_s: v.nullable(v.number()),
    how: v.string(),
    endpoint: v.optional(v.string()),
    standalone: v.optional(v.boolean()),
  }),
  describe: ({ database }) => {
    switch (database.method) {
      case 'switchover':
        return {
          applies: true,
          region: database.callRegion,
          calls: ['rds:SwitchoverGlobalCluster'],
          note: `called in the primary's region; if it is stuck, people are asked about a ${database.fallback ?? 'retry'}`,
          irreversible: true,
        };
      case 'failover':
        return {
          applies: true,
          region: database.callRegion,
          calls: ['rds:FailoverGlobalCluster'],
          note: `with AllowDataLoss; if it is stuck or refused, people are asked about a ${database.fallback ?? 'retry'}`,
          irreversible: true,
        };
      case 'detach':
        return {
          applies: true,
          region: database.callRegion,
          calls: ['rds:RemoveFromGlobalCluster'],
          note: 'the database endpoint changes; home stays a writer of its own, unfenced',
          irreversible: true,
        };
      case 'adopt':
        return looks(database.callRegion, 'no call: waits for the move that has already started');
      case 'none':
        return nothing('the application has no database');
      default:
        return assertNever(database);
    }
  },
};
