import { AwsError } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import type { Environment } from '../environment.ts';
import type { Random } from '../random.ts';
import type { Network } from '../wire.ts';
import { AsyncQueue } from './async-queue.ts';
import type { KillPlan } from './execution-environment.ts';
import { type LogLine, Pool, type PoolOptions } from './pool.ts';
import type { FailureRecord, FunctionOptions, InvokeAnswer } from './spec.ts';

/** docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const SYNC_PAYLOAD_BYTES = 6_291_456;
export const ASYNC_PAYLOAD_BYTES = 1_048_576;
/** A response may be a little larger than a request: 6 MB and the envelope. */
const RESPONSE_BYTES = 6_291_556;

export interface FunctionWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: Environment;
  readonly network: Network;
  readonly accountId: string;
  readonly region: string;
  readonly log: (line: LogLine) => void;
  /** Whether the region's unreserved concurrency has room for one more. */
  readonly regionHasRoom: () => boolean;
  readonly toFunction: (name: string, record: FailureRecord) => void;
}

/** One deployed function in one region. */
export class LambdaFunction {
  readonly arn: string;
  readonly credentials: PoolOptions['credentials'];
  /** The random part of its URL's host name. */
  readonly urlId: string;
  readonly queue: AsyncQueue;
  readonly #world: FunctionWorld;
  readonly #random: Random;
  readonly #requests: Random;
  #spec: FunctionOptions;
  #pool: Pool;
  #kills: KillPlan[] = [];
  #deployments = 0;
  lastModified_ms: number;

  constructor(world: FunctionWorld, spec: FunctionOptions) {
    this.#world = world;
    this.#spec = spec;
    this.arn = `arn:aws:lambda:${world.region}:${world.accountId}:function:${spec.name}`;
    this.#random = world.random.split(`${world.region}/${spec.name}`);
    this.#requests = this.#random.split('requests');
    const keys = this.#random.split('credentials');
    this.credentials = {
      accessKeyId: `ASIA${keys.hex(16).toUpperCase()}`,
      secretAccessKey: keys.hex(40),
      sessionToken: keys.hex(64),
    };
    this.urlId = keys.hex(32);
    this.#pool = this.#deploy(spec);
    this.lastModified_ms = world.clock.now_ms();
    this.queue = new AsyncQueue({
      clock: world.clock,
      random: this.#random.split('queue'),
      functionArn: this.arn,
      spec: () => this.#spec,
      regionServes: () => this.#serves(),
      run: (requestId, payload) => this.attempt(requestId, payload),
      toFunction: world.toFunction,
    });
  }

  get spec(): FunctionOptions {
    return this.#spec;
  }
  get bundle(): Pool['bundle'] {
    return this.#pool.bundle;
  }
  get running(): number {
    return this.#pool.running;
  }
  get environmentsStarted(): number {
    return this.#pool.started;
  }

  #serves(): boolean {
    return this.#world.environment.regionServes(this.#world.region);
  }

  #deploy(spec: FunctionOptions): Pool {
    const { clock, network, region, accountId, log } = this.#world;
    this.#deployments += 1;
    return new Pool({
      clock,
      random: this.#random.split(`deployment-${this.#deployments}`),
      network,
      region,
      accountId,
      functionArn: this.arn,
      spec,
      credentials: this.credentials,
      regionServes: () => this.#serves(),
      log,
    });
  }

  /** New code or settings: environments that run finish, idle ones are gone. */
  update(spec: FunctionOptions): void {
    this.#pool.drop(true);
    this.#spec = spec;
    this.#pool = this.#deploy(spec);
    this.lastModified_ms = this.#world.clock.now_ms();
  }

  /** The next invocation starts cold. */
  coolDown(): void {
    this.#pool.drop(false);
  }

  killNext(plan: KillPlan): void {
    this.#kills.push(plan);
  }

  newRequestId(): string {
    return this.#requests.uuid();
  }

  /** Throws TooManyRequestsException before anything runs; never settles when the region is lost. */
  async invoke(requestId: string, payload: string): Promise<InvokeAnswer> {
    const answer = await this.attempt(requestId, payload);
    return answer === 'lost' ? new Promise(() => undefined) : answer;
  }

  /** For Lambda's own queues and pollers: answers `lost` in a lost region, so that they try again when it is back. */
  async attempt(requestId: string, payload: string): Promise<InvokeAnswer | 'lost'> {
    if (!this.#serves()) return 'lost';
    this.#throttle();
    const outcome = await this.#pool.run(requestId, payload, this.#kills.shift());
    if (outcome.kind === 'lost') return 'lost';
    if (outcome.kind === 'failure') {
      return { requestId, payload: JSON.stringify(outcome.failure), functionError: 'Unhandled' };
    }
    if (Buffer.byteLength(outcome.payload) <= RESPONSE_BYTES) return { requestId, payload: outcome.payload };
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${RESPONSE_BYTES} bytes).`;
    const failure = { errorMessage, errorType: 'Function.ResponseSizeTooLarge' };
    return { requestId, payload: JSON.stringify(failure), functionError: 'Unhandled' };
  }

  #throttle(): void {
    const { reservedConcurrency } = this.#spec;
    const refuse = (Reason: string): never => {
      throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', { Reason, Type: 'User' });
    };
    if (reservedConcurrency !== undefined && this.running >= reservedConcurrency) {
      refuse('ReservedFunctionConcurrentInvocationLimitExceeded');
    }
    if (reservedConcurrency === undefined && !this.#world.regionHasRoom()) refuse('ConcurrentInvocationLimitExceeded');
  }
}
