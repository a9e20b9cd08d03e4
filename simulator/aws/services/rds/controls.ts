import type { ClusterState, GlobalState, InstanceState, ShownStatus } from './model.ts';
import type { RdsState } from './state.ts';

export interface StatusOptions {
  /** How long it is shown; until it is set to null when left out. */
  readonly for_ms?: number;
  /** Whether AWS refuses to move the writer meanwhile. Left out: as the status says (`statuses.ts`). */
  readonly refuses?: boolean;
}

/** What a scenario sets that no call of the API sets. */
export interface RdsControls {
  /** Whether there is a cluster or instance of that name in the region, or, without a region, a global cluster. */
  knows(region: string | undefined, id: string): boolean;
  /** A cluster or instance, by its identifier in the region, shows this status; null: its own again. */
  setStatus(region: string, id: string, status: string | null, options?: StatusOptions): void;
  setGlobalStatus(globalClusterId: string, status: string | null, options?: StatusOptions): void;
  /** A member shows this SynchronizationStatus; null: its own again. What is replicated stays the same. */
  setSynchronization(region: string, clusterId: string, status: string | null): void;
  /** From now on statuses that serve come and go on every cluster and instance, as the seed draws them. */
  letStatusesPass(): void;
  /** AWS takes the move back that is under way, if the writer has not changed yet. */
  cancelTransfer(globalClusterId: string): void;
}

type Resource = ClusterState | InstanceState | GlobalState;

export function controls(state: RdsState, cancel: (global: GlobalState) => void): RdsControls {
  return {
    knows: (region, id) =>
      (region === undefined ? state.findGlobal(id) : findResource(state, region, id)) !== undefined,
    setStatus: (region, id, status, options) => {
      const resource = findResource(state, region, id);
      if (resource === undefined) throw new Error(`there is no DB cluster or instance ${id} in ${region}`);
      setShown(state, resource, [region], status, options);
    },
    setGlobalStatus: (id, status, options) => setShown(state, state.global(id), [], status, options),
    setSynchronization: (region, id, status) => {
      const member = state.member(state.cluster(region, id));
      if (member === undefined) throw new Error(`${id} in ${region} is no member of a global cluster`);
      member.shownSync = status ?? undefined;
    },
    letStatusesPass: () => letStatusesPass(state),
    cancelTransfer: (id) => cancel(state.global(id)),
  };
}

function findResource(state: RdsState, region: string, id: string): ClusterState | InstanceState | undefined {
  const there = [...state.clusters.values()].filter((one) => one.region === region);
  const instances = there.flatMap((one) => one.instances);
  return state.findCluster(region, id) ?? instances.find((one) => one.id === id.toLowerCase());
}

function setShown(
  state: RdsState,
  resource: Resource,
  regions: readonly string[],
  status: string | null,
  { for_ms, refuses }: StatusOptions = {},
): void {
  const shown: ShownStatus | undefined = status === null ? undefined : { status, refuses };
  resource.shown = shown;
  state.observe();
  if (shown === undefined || for_ms === undefined) return;
  state.work.after(regions, for_ms, () => {
    // Another one may have been set since.
    if (resource.shown !== shown) return;
    resource.shown = undefined;
    state.observe();
  });
}

/** Aurora User Guide, "Viewing DB cluster status" and "Viewing DB instance status": some of those that serve. */
const PASSING_CLUSTER = ['backing-up', 'maintenance', 'modifying', 'upgrading', 'update-iam-db-auth'];
const PASSING_INSTANCE = [
  'backing-up',
  'configuring-enhanced-monitoring',
  'configuring-iam-database-auth',
  'configuring-log-exports',
  'maintenance',
  'modifying',
  'storage-optimization',
  'upgrading',
];

function letStatusesPass(state: RdsState): void {
  const random = state.random.split('passing-statuses');
  const one = (list: readonly string[]): string => list[Math.floor(random.next() * list.length)] ?? 'modifying';
  const pass = (resource: Resource, region: string, list: readonly string[]): void => {
    state.clock.after(random.between(0, 900_000), () => {
      // A status that a scenario has set stays.
      if (resource.shown === undefined) {
        setShown(state, resource, [region], one(list), { for_ms: random.between(30_000, 600_000) });
      }
      pass(resource, region, list);
    });
  };
  for (const cluster of state.clusters.values()) {
    pass(cluster, cluster.region, PASSING_CLUSTER);
    for (const instance of cluster.instances) pass(instance, cluster.region, PASSING_INSTANCE);
  }
}
