import { type NewCluster, newCluster, newGlobal, newInstance } from './make.ts';
import type { RdsState } from './state.ts';

interface SeedCluster extends Omit<NewCluster, 'engine' | 'engineVersion' | 'encrypted'> {
  readonly instances: readonly { readonly id: string; readonly instanceClass: string }[];
  /** Where it differs from the global cluster's, for a mismatch that readiness should find. */
  readonly engineVersion?: string;
  /** Forwards writes to the primary as long as it is a secondary. */
  readonly writeForwarding?: boolean;
}

export interface SeedGlobal {
  readonly id: string;
  readonly engine: string;
  readonly engineVersion: string;
  readonly databaseName?: string;
  readonly encrypted?: boolean;
  readonly deletionProtection?: boolean;
  readonly lag_ms?: number;
  /** The first is the primary. */
  readonly members: readonly SeedCluster[];
}

/** A global database as it stands after months of service. */
export function seedGlobal(state: RdsState, seed: SeedGlobal): void {
  const [primary] = seed.members;
  if (primary === undefined) throw new Error(`Global cluster ${seed.id} needs a primary`);
  const encrypted = seed.encrypted ?? true;
  const global = newGlobal(state, {
    id: seed.id,
    engine: seed.engine,
    engineVersion: seed.engineVersion,
    databaseName: seed.databaseName,
    encrypted,
    deletionProtection: seed.deletionProtection ?? false,
    tags: [],
  });
  global.lag_ms = seed.lag_ms ?? global.lag_ms;
  for (const member of seed.members) {
    const { instances, engineVersion = seed.engineVersion, writeForwarding = false, ...rest } = member;
    const cluster = newCluster(state, {
      databaseName: seed.databaseName,
      ...rest,
      engine: seed.engine,
      engineVersion,
      encrypted,
    });
    for (const wanted of instances) newInstance(state, cluster, wanted).status = 'available';
    const isWriter = member === primary;
    cluster.status = 'available';
    cluster.globalClusterId = global.id;
    cluster.takesWrites = isWriter;
    cluster.writeForwarding = writeForwarding ? 'enabled' : 'disabled';
    global.members.push({ clusterArn: cluster.arn, isWriter, sync: 'connected', shownSync: undefined });
    if (isWriter) global.endpointLeadsTo = cluster.arn;
  }
  state.observe();
}
