import { AwsError } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import type { InvokeAnswer } from './spec.ts';
import { type StreamChange, streamRecord } from './stream-record.ts';

export interface DiscardedBatch {
  readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
  readonly approximateInvokeCount: number;
  readonly records: readonly StreamChange[];
}

export interface MappingWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly region: string;
  readonly accountId: string;
  readonly regionServes: () => boolean;
  readonly invoke: (payload: object) => Promise<InvokeAnswer | 'lost'>;
}

/** What can change while it runs; every shard reads it at each poll. */
export interface MappingSettings {
  enabled: boolean;
  batchSize: number;
  batchingWindow_s: number;
  maximumRetryAttempts: number;
  maximumRecordAge_s: number;
  bisect: boolean;
  readonly partial: boolean;
}

/** Lambda polls a stream's shards four times a second; a record is read some time after it was written. */
const POLL_MS = [50, 300] as const;
/** Between attempts of a failing batch; AWS documents the backoff without figures. */
const BACKOFF_MS = { first: 500, most: 60_000 } as const;
/** A stream keeps its records for a day (docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html). */
const RETENTION_MS = 86_400_000;

interface Batch {
  readonly records: readonly StreamChange[];
  attempts: number;
}

interface ShardOptions extends MappingWorld {
  readonly settings: MappingSettings;
  readonly eventSourceArn: string;
  readonly onFailure: ((discarded: DiscardedBatch) => void) | undefined;
  readonly onResult: (result: string) => void;
}

/** One shard: its records in order, one batch at a time; a batch that fails blocks what is behind it. */
export class Shard {
  readonly #options: ShardOptions;
  /** Batches that failed or were split: they go first. */
  #batches: Batch[] = [];
  #records: StreamChange[] = [];
  #busy = false;
  #waits = 0;

  constructor(options: ShardOptions) {
    this.#options = options;
  }

  get pending(): number {
    return this.#batches.reduce((sum, batch) => sum + batch.records.length, 0) + this.#records.length;
  }

  push(change: StreamChange): void {
    this.#records.push(change);
    this.resume();
  }

  /** Starts to read unless it reads already. */
  resume(): void {
    if (this.#busy || !this.#options.settings.enabled || this.pending === 0) return;
    this.#busy = true;
    const window_ms =
      this.#records.length >= this.#options.settings.batchSize ? 0 : this.#options.settings.batchingWindow_s * 1000;
    this.#again(this.#options.random.between(...POLL_MS) + window_ms);
  }

  #again(delay_ms: number): void {
    this.#options.clock.after(delay_ms, () => this.#step());
  }

  #backOff(): void {
    this.#again(Math.min(BACKOFF_MS.first * 2 ** this.#waits, BACKOFF_MS.most));
    this.#waits += 1;
  }

  #rest(): void {
    this.#busy = false;
    this.#waits = 0;
    this.resume();
  }

  async #step(): Promise<void> {
    const { settings, regionServes } = this.#options;
    if (!settings.enabled) {
      this.#busy = false;
      return;
    }
    if (!regionServes()) return this.#backOff();
    this.#expire();
    const batch = this.#batches.shift() ?? { records: this.#records.splice(0, settings.batchSize), attempts: 0 };
    if (batch.records.length === 0) return this.#rest();
    // Counted as pending while it is under way.
    this.#batches.unshift(batch);
    const failedFrom = await this.#process(batch);
    if (failedFrom === 'throttled') return this.#backOff();
    this.#batches.shift();
    if (failedFrom === undefined) return this.#rest();
    batch.attempts += 1;
    this.#failed(batch, failedFrom);
  }

  /** Undefined: all done. Otherwise the index of the first record that must be tried again. */
  async #process(batch: Batch): Promise<number | 'throttled' | undefined> {
    const { random, region, eventSourceArn, invoke, settings, onResult } = this.#options;
    const Records = batch.records.map((change) => streamRecord(change, region, eventSourceArn, random.hex(32)));
    try {
      const answer = await invoke({ Records });
      if (answer === 'lost') return 'throttled';
      if (answer.functionError !== undefined) {
        onResult('PROBLEM: Function call failed');
        return 0;
      }
      const failedFrom = settings.partial ? firstFailure(answer.payload, batch.records) : undefined;
      onResult(failedFrom === undefined ? 'OK' : 'PROBLEM: Function call failed');
      return failedFrom;
    } catch (error) {
      if (error instanceof AwsError) return 'throttled';
      throw error;
    }
  }

  /** A partial response moves the checkpoint; splitting a batch does not count as a retry. */
  #failed(batch: Batch, failedFrom: number): void {
    const { settings, onFailure } = this.#options;
    const left = batch.records.slice(failedFrom);
    const exhausted = settings.maximumRetryAttempts >= 0 && batch.attempts > settings.maximumRetryAttempts;
    if (settings.bisect && left.length > 1) {
      const middle = Math.ceil(left.length / 2);
      const halves = [left.slice(0, middle), left.slice(middle)];
      this.#batches.unshift(...halves.map((records) => ({ records, attempts: batch.attempts - 1 })));
    } else if (!exhausted) {
      this.#batches.unshift({ records: left, attempts: batch.attempts });
    } else {
      const { attempts } = batch;
      onFailure?.({ condition: 'RetryAttemptsExhausted', approximateInvokeCount: attempts, records: left });
      this.#rest();
      return;
    }
    this.#backOff();
  }

  /** Skips records that are too old. Records that the stream itself dropped are not reported. */
  #expire(): void {
    const { clock, settings, onFailure } = this.#options;
    const now_ms = clock.now_ms();
    const maximum_ms = settings.maximumRecordAge_s < 0 ? RETENTION_MS : settings.maximumRecordAge_s * 1000;
    const tooOld = (change: StreamChange): boolean => now_ms - change.at_ms > Math.min(maximum_ms, RETENTION_MS);
    const discarded = [...this.#batches.flatMap((batch) => batch.records), ...this.#records].filter(tooOld);
    if (discarded.length === 0) return;
    const attempts = this.#batches[0]?.attempts ?? 0;
    const kept = (records: readonly StreamChange[]) => records.filter((change) => !tooOld(change));
    this.#batches = this.#batches
      .map((batch) => ({ ...batch, records: kept(batch.records) }))
      .filter((batch) => batch.records.length > 0);
    this.#records = kept(this.#records);
    if (settings.maximumRecordAge_s >= 0) {
      onFailure?.({ condition: 'RecordAgeExceeded', approximateInvokeCount: attempts, records: discarded });
    }
  }
}

/**
 * docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html: an empty list or null is success, a bad
 * identifier is a failure of all, otherwise reading continues at the lowest sequence number that failed.
 */
function firstFailure(payload: string, records: readonly StreamChange[]): number | undefined {
  const answer = JSON.parse(payload) as { batchItemFailures?: readonly { itemIdentifier?: unknown }[] | null } | null;
  const failures = answer?.batchItemFailures ?? [];
  if (failures.length === 0) return undefined;
  const positions = failures.map(({ itemIdentifier }) =>
    records.findIndex((change) => change.sequenceNumber === itemIdentifier),
  );
  return positions.includes(-1) ? 0 : Math.min(...positions);
}
