import * as v from 'valibot';
import { assertNever } from '../reasons.ts';
import { looks, nothing, type StepDefinition, USUAL } from './definition.ts';

export interface PromotedData {
  /** By which call the writer came there; null: by none of this operation's. */
  readonly by: 'switchover' | 'failover' | 'detach' | null;
  /** Until when it certainly had everything, when that was called: UTC, ISO 8601; null: not measured. */
  readonly copiedUntil: string | null;
  /** Why that was not measured; empty where it was. */
  readonly why: string;
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
    by: v.nullable(v.picklist(['switchover', 'failover', 'detach'])),
    copiedUntil: v.nullable(v.string()),
    why: v.string(),
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
