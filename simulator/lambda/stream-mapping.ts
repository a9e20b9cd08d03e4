import type { EventSourceMappingConfiguration, UpdateEventSourceMappingRequest } from '@aws-sdk/client-lambda';
import { AwsError } from '../aws/service.ts';
import type { StreamChange } from './stream-record.ts';
import { type DiscardedBatch, type MappingSettings, type MappingWorld, Shard } from './stream-shard.ts';

export interface StreamMappingOptions {
  /** Drawn when left out. */
  readonly uuid?: string;
  readonly functionName: string;
  readonly eventSourceArn: string;
  /** The name of the table's partition key: its value decides the shard. */
  readonly partitionKey: string;
  /** A new on-demand table has four partitions, each a shard; order holds within one only. */
  readonly shards?: number;
  readonly batchSize?: number;
  readonly batchingWindow_s?: number;
  /** -1: for ever, which is Lambda's default. */
  readonly maximumRetryAttempts?: number;
  readonly maximumRecordAge_s?: number;
  readonly bisectBatchOnFunctionError?: boolean;
  readonly reportBatchItemFailures?: boolean;
  readonly enabled?: boolean;
  /** Gets batches that were given up. AWS would send their position in the stream to a queue, topic or bucket. */
  readonly onFailure?: (discarded: DiscardedBatch) => void;
}

/** Creating, enabling and disabling a mapping takes some seconds. */
const STATE_CHANGE_MS = [2000, 10_000] as const;

const CHANGEABLE = [
  'Enabled',
  'BatchSize',
  'MaximumBatchingWindowInSeconds',
  'MaximumRetryAttempts',
  'MaximumRecordAgeInSeconds',
  'BisectBatchOnFunctionError',
  'FunctionName',
];

/** An event source mapping from a DynamoDB stream to a function, one batch at a time for each shard. */
export class StreamMapping {
  readonly uuid: string;
  readonly options: StreamMappingOptions;
  readonly #world: MappingWorld;
  readonly #settings: MappingSettings;
  readonly #shards: readonly Shard[];
  #state: 'Enabled' | 'Disabled' | 'Enabling' | 'Disabling';
  #modified_ms: number;
  #lastResult = 'No records processed';

  constructor(options: StreamMappingOptions, world: MappingWorld) {
    this.options = options;
    this.#world = world;
    this.uuid = options.uuid ?? world.random.uuid();
    this.#settings = settingsOf(options);
    this.#state = this.#settings.enabled ? 'Enabled' : 'Disabled';
    this.#modified_ms = world.clock.now_ms();
    const count = options.shards ?? 4;
    this.#shards = Array.from(
      { length: count },
      (_, index) =>
        new Shard({
          ...world,
          random: world.random.split(`shard-${index}`),
          settings: this.#settings,
          eventSourceArn: options.eventSourceArn,
          onFailure: options.onFailure,
          onResult: (result) => {
            this.#lastResult = result;
          },
        }),
    );
  }

  /** Records that wait or are being processed. */
  get pending(): number {
    return this.#shards.reduce((sum, shard) => sum + shard.pending, 0);
  }

  push(change: StreamChange): void {
    const key = JSON.stringify(change.keys[this.options.partitionKey] ?? null);
    this.#shards[spread(key) % this.#shards.length]?.push(change);
  }

  update(changes: Omit<UpdateEventSourceMappingRequest, 'UUID'>): void {
    const unknown = Object.entries(changes).find(([name, value]) => value !== undefined && !CHANGEABLE.includes(name));
    if (unknown !== undefined) {
      throw new AwsError('NotImplemented', `UpdateEventSourceMapping with ${unknown[0]} is not simulated`);
    }
    if (changes.FunctionName !== undefined && changes.FunctionName.split(':').pop() !== this.options.functionName) {
      throw new AwsError('NotImplemented', 'UpdateEventSourceMapping to another function is not simulated');
    }
    if (this.#state.endsWith('ing')) {
      const message = `Cannot update the event source mapping because it is ${this.#state}.`;
      throw new AwsError('ResourceInUseException', message, { Type: 'User' });
    }
    const settings = this.#settings;
    settings.batchSize = changes.BatchSize ?? settings.batchSize;
    settings.batchingWindow_s = changes.MaximumBatchingWindowInSeconds ?? settings.batchingWindow_s;
    settings.maximumRetryAttempts = changes.MaximumRetryAttempts ?? settings.maximumRetryAttempts;
    settings.maximumRecordAge_s = changes.MaximumRecordAgeInSeconds ?? settings.maximumRecordAge_s;
    settings.bisect = changes.BisectBatchOnFunctionError ?? settings.bisect;
    this.#modified_ms = this.#world.clock.now_ms();
    if (changes.Enabled !== undefined) this.#switch(changes.Enabled);
  }

  #switch(enabled: boolean): void {
    if (enabled === this.#settings.enabled) return;
    this.#state = enabled ? 'Enabling' : 'Disabling';
    this.#world.clock.after(this.#world.random.between(...STATE_CHANGE_MS), () => {
      this.#settings.enabled = enabled;
      this.#state = enabled ? 'Enabled' : 'Disabled';
      if (enabled) for (const shard of this.#shards) shard.resume();
    });
  }

  configuration(): EventSourceMappingConfiguration {
    const { region, accountId } = this.#world;
    const { functionName, eventSourceArn } = this.options;
    const settings = this.#settings;
    return {
      UUID: this.uuid,
      EventSourceMappingArn: `arn:aws:lambda:${region}:${accountId}:event-source-mapping:${this.uuid}`,
      EventSourceArn: eventSourceArn,
      FunctionArn: `arn:aws:lambda:${region}:${accountId}:function:${functionName}`,
      StartingPosition: 'LATEST',
      State: this.#state,
      StateTransitionReason: 'User action',
      LastModified: new Date(this.#modified_ms),
      LastProcessingResult: this.#lastResult,
      BatchSize: settings.batchSize,
      MaximumBatchingWindowInSeconds: settings.batchingWindow_s,
      MaximumRetryAttempts: settings.maximumRetryAttempts,
      MaximumRecordAgeInSeconds: settings.maximumRecordAge_s,
      BisectBatchOnFunctionError: settings.bisect,
      ParallelizationFactor: 1,
      TumblingWindowInSeconds: 0,
      FunctionResponseTypes: settings.partial ? ['ReportBatchItemFailures'] : [],
    };
  }
}

function settingsOf(options: StreamMappingOptions): MappingSettings {
  return {
    enabled: options.enabled ?? true,
    batchSize: options.batchSize ?? 100,
    batchingWindow_s: options.batchingWindow_s ?? 0,
    maximumRetryAttempts: options.maximumRetryAttempts ?? -1,
    maximumRecordAge_s: options.maximumRecordAge_s ?? -1,
    bisect: options.bisectBatchOnFunctionError ?? false,
    partial: options.reportBatchItemFailures ?? false,
  };
}

/** FNV-1a: which shard a key belongs to is not documented; it only has to be always the same one. */
function spread(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
