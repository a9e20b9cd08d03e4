import type { Clock, Timer } from '../../../clock.ts';
import type { Transfer } from './model.ts';

/** Kinds of moves that a fault is about; failovers alone unless it says otherwise. */
interface OfKinds {
  readonly kinds?: readonly Transfer['kind'][];
}

/**
 * What can go wrong with a move of the writer, by name. All of them are off unless a scenario turns them on; how long
 * things take is another matter, for which each duration has a name (`environment.fix`).
 */
export interface RdsFaults {
  /**
   * AWS takes a call back that it had accepted: `cancelling`, then both clusters as they were (API reference,
   * FailoverState). When it does is not documented: after `after_ms`, drawn (`rds.failover-cancel`) when left out.
   */
  readonly 'failover-cancelled': OfKinds & {
    readonly after_ms?: number;
    /** How many calls are taken back; all of them when left out. */
    readonly times?: number;
  };
  /** A move does not end before the fault is turned off, or AWS is made to take it back with `cancelTransfer`. */
  readonly 'failover-hangs': OfKinds;
  /** AWS refuses to begin a move with this code, for so long; until it is turned off when left out. */
  readonly 'failover-refused': OfKinds & {
    readonly code: 'InvalidGlobalClusterStateFault' | 'InvalidDBClusterStateFault';
    readonly for_ms?: number;
  };
  /**
   * What is shown after the writer moved, until `rds.failover-settle-cluster` and `rds.failover-settle-global` are over:
   * statuses other than `promoting` and `failing-over`; and the global cluster settles only while the old primary's
   * region serves.
   */
  readonly 'settles-as': OfKinds & {
    readonly cluster?: string;
    readonly global?: string;
    readonly needsOldRegion?: boolean;
  };
  /**
   * Clusters that report the same version run different patches, and AWS refuses a managed move (AWS re:Post, "How do I
   * troubleshoot a minor version mismatch in an Aurora PostgreSQL global cluster").
   */
  readonly 'hidden-patch-difference': Readonly<Record<string, never>>;
  /** RemoveFromGlobalCluster is taken while a failover or switchover is under way, and ends it. Undocumented either way. */
  readonly 'detach-ends-transfer': Readonly<Record<string, never>>;
}

type FaultName = keyof RdsFaults;

export class Faults {
  readonly #clock: Clock;
  readonly #on = new Map<FaultName, RdsFaults[FaultName]>();
  readonly #timers = new Map<FaultName, Timer>();
  readonly #listeners: ((name: FaultName) => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  turnOn<N extends FaultName>(name: N, options: RdsFaults[N]): void {
    this.#timers.get(name)?.cancel();
    this.#on.set(name, options);
    const for_ms = 'for_ms' in options ? options.for_ms : undefined;
    if (for_ms !== undefined)
      this.#timers.set(
        name,
        this.#clock.after(for_ms, () => this.turnOff(name)),
      );
  }

  turnOff(name: FaultName): void {
    this.#timers.get(name)?.cancel();
    this.#on.delete(name);
    for (const listener of this.#listeners) listener(name);
  }

  /** What is on, and how. */
  get on(): Readonly<Partial<Record<FaultName, object>>> {
    return Object.fromEntries(this.#on);
  }

  of<N extends FaultName>(name: N): RdsFaults[N] | undefined {
    // Set by `turnOn` alone, under the name of its options.
    return this.#on.get(name) as RdsFaults[N] | undefined;
  }

  /** The fault, where it is on for moves of this kind. */
  ofKind<N extends 'failover-cancelled' | 'failover-hangs' | 'failover-refused' | 'settles-as'>(
    name: N,
    kind: Transfer['kind'],
  ): RdsFaults[N] | undefined {
    const fault = this.of(name);
    return fault !== undefined && (fault.kinds ?? ['failover']).includes(kind) ? fault : undefined;
  }

  onTurnedOff(listener: (name: FaultName) => void): void {
    this.#listeners.push(listener);
  }
}
