import type { Work } from '../regional/work.ts';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/**
 * A status that RDS shows for reasons of its own (a backup, maintenance, a change of the storage), while the resource
 * goes through its life beneath it. Set by a scenario; the set of statuses is open.
 */
export interface ShownStatus {
  readonly status: string;
  /** AWS refuses to move the writer to it while this lasts. Undefined: as the status says, see `statuses.ts`. */
  readonly refuses: boolean | undefined;
}

export interface InstanceState {
  readonly id: string;
  readonly arn: string;
  readonly resourceId: string;
  readonly clusterArn: string;
  readonly instanceClass: string;
  readonly engine: string;
  readonly availabilityZone: string;
  readonly promotionTier: number;
  readonly created_ms: number;
  status: string;
  shown: ShownStatus | undefined;
  tags: readonly Tag[];
}

/** How far a cluster's storage followed its source over time; `lag_ms` undefined: nothing arrives or is measured. */
interface LagChange {
  readonly from_ms: number;
  readonly lag_ms: number | undefined;
}

export interface ClusterState {
  readonly region: string;
  readonly id: string;
  readonly arn: string;
  readonly resourceId: string;
  readonly engine: string;
  readonly engineVersion: string;
  readonly databaseName: string | undefined;
  readonly masterUsername: string | undefined;
  readonly port: number;
  readonly kmsKeyId: string | undefined;
  readonly encrypted: boolean;
  readonly subnetGroup: string | undefined;
  readonly securityGroupIds: readonly string[];
  readonly parameterGroup: string;
  readonly endpoint: string;
  readonly readerEndpoint: string;
  readonly created_ms: number;
  backupRetention_days: number;
  deletionProtection: boolean;
  status: string;
  shown: ShownStatus | undefined;
  globalClusterId: string | undefined;
  writeForwarding: 'disabled' | 'enabling' | 'enabled' | 'disabling';
  /** What the storage does, whatever the control plane says: during a failover the two disagree for a while. */
  takesWrites: boolean;
  /** A forced promotion has cut this cluster off from its source. */
  cutOff: boolean;
  instances: InstanceState[];
  tags: readonly Tag[];
  /** Closed and open intervals in which a client could write. */
  writable: { readonly from_ms: number; to_ms: number | undefined }[];
  lag: LagChange[];
  /** Everything committed at the source before this instant is here. */
  replicatedUntil_ms: number;
}

export interface MemberState {
  readonly clusterArn: string;
  isWriter: boolean;
  sync: 'connected' | 'pending-resync';
  /** Another status that AWS shows, set by a scenario. */
  shownSync: string | undefined;
}

/** A switchover or failover under way. */
export interface Transfer {
  readonly kind: 'switchover' | 'failover';
  readonly from: ClusterState;
  readonly to: ClusterState;
  status: 'pending' | 'switching-over' | 'failing-over' | 'cancelling';
  /** The writer has changed: it can no longer be cancelled. */
  flipped: boolean;
  /** What is under way for it, to be given up when it is taken back. */
  readonly works: Work[];
  /** How it ends, while a fault keeps it from ending. */
  held: (() => void) | undefined;
  /** A fault has decided that AWS will take it back: it never ends otherwise. */
  willBeCancelled: boolean;
}

export interface GlobalState {
  readonly id: string;
  readonly arn: string;
  readonly resourceId: string;
  readonly engine: string;
  readonly engineVersion: string;
  readonly databaseName: string | undefined;
  readonly encrypted: boolean;
  readonly endpoint: string;
  deletionProtection: boolean;
  status: string;
  shown: ShownStatus | undefined;
  members: MemberState[];
  transfer: Transfer | undefined;
  /** The cluster that the global writer endpoint's DNS name leads to. */
  endpointLeadsTo: string | undefined;
  lag_ms: number;
  tags: readonly Tag[];
}

export interface SnapshotState {
  readonly region: string;
  readonly id: string;
  readonly arn: string;
  readonly clusterId: string;
  readonly clusterResourceId: string;
  readonly type: 'manual' | 'automated';
  readonly engine: string;
  readonly engineVersion: string;
  readonly masterUsername: string | undefined;
  readonly port: number;
  readonly encrypted: boolean;
  readonly kmsKeyId: string | undefined;
  readonly clusterCreated_ms: number;
  readonly created_ms: number;
  readonly expires_ms: number | undefined;
  readonly sourceArn: string | undefined;
  status: string;
  tags: readonly Tag[];
}

/** An RDS event as EventBridge and SNS carry it; DescribeEvents shows it without its id. */
export interface RdsEvent {
  readonly id: string;
  readonly at_ms: number;
  readonly region: string;
  readonly sourceType: 'db-cluster' | 'db-instance';
  readonly sourceId: string;
  readonly sourceArn: string;
  readonly categories: readonly string[];
  readonly message: string;
}

export interface WriterChange {
  readonly at_ms: number;
  readonly globalClusterId: string;
  readonly how: 'switchover' | 'failover' | 'detach';
  readonly from: ClusterState | undefined;
  readonly to: ClusterState;
  /** Everything that `from` committed before this instant reached `to`. */
  readonly replicatedUntil_ms: number;
}
