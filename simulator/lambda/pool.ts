import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import type { Network } from '../wire.ts';
import { type Bundle, bundleOf } from './bundle.ts';
import { ExecutionEnvironment, type KillPlan, type Outcome } from './execution-environment.ts';
import type { LogLevel } from './modules/inside.ts';
import type { FunctionOptions } from './spec.ts';

const COLD_START_MS = [200, 500] as const;
/** How long Lambda keeps an idle environment is not documented; observed: some minutes. */
const IDLE_LIFE_MS = [300_000, 900_000] as const;

export interface LogLine {
  readonly at_ms: number;
  readonly region: string;
  readonly functionName: string;
  readonly requestId: string | undefined;
  readonly level: LogLevel | 'PLATFORM';
  readonly message: string;
}

export interface PoolOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly region: string;
  readonly accountId: string;
  readonly functionArn: string;
  readonly spec: FunctionOptions;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
  readonly regionServes: () => boolean;
  readonly log: (line: LogLine) => void;
}

interface Idle {
  readonly environment: ExecutionEnvironment;
  readonly expires_ms: number;
}

/** The execution environments of one version of a function: as many as run at once, the last used first. */
export class Pool {
  readonly bundle: Bundle;
  readonly #options: PoolOptions;
  #idle: Idle[] = [];
  #running = 0;
  #started = 0;
  #retired = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.bundle = bundleOf(options.spec.source, options.spec.handler);
  }

  /** Invocations under way, the starting ones included. */
  get running(): number {
    return this.#running;
  }

  /** Environments that were ever started. */
  get started(): number {
    return this.#started;
  }

  /** Ends idle environments now, busy ones once they are idle: for a new version, or a test that wants a cold start. */
  drop(forGood: boolean): void {
    for (const { environment } of this.#idle) environment.kill();
    this.#idle = [];
    this.#retired ||= forGood;
  }

  async run(requestId: string, payload: string, kill: KillPlan | undefined): Promise<Outcome> {
    const { clock } = this.#options;
    this.#running += 1;
    const log = (message: string): void => this.#log({ requestId, level: 'PLATFORM', message });
    try {
      const environment = this.#warm() ?? (await this.#cold());
      const start_ms = clock.now_ms();
      log(`START RequestId: ${requestId} Version: $LATEST`);
      const outcome = await this.#invoke(environment, { requestId, payload, kill });
      log(`END RequestId: ${requestId}`);
      log(
        `REPORT RequestId: ${requestId}\tDuration: ${(clock.now_ms() - start_ms).toFixed(2)} ms\tMemory Size: ${this.#options.spec.memory_mb} MB`,
      );
      return outcome;
    } finally {
      this.#running -= 1;
    }
  }

  async #invoke(
    environment: ExecutionEnvironment,
    invocation: Parameters<ExecutionEnvironment['invoke']>[0],
  ): Promise<Outcome> {
    const outcome = await environment.invoke(invocation);
    if (outcome.kind === 'failure' && environment.dead) {
      this.#log({ requestId: invocation.requestId, level: 'PLATFORM', message: outcome.failure.errorMessage });
    }
    if (this.#retired) environment.kill();
    if (!environment.dead) {
      const expires_ms = this.#options.clock.now_ms() + this.#options.random.between(...IDLE_LIFE_MS);
      this.#idle.push({ environment, expires_ms });
    }
    return outcome;
  }

  #warm(): ExecutionEnvironment | undefined {
    const now_ms = this.#options.clock.now_ms();
    for (const idle of this.#idle) if (idle.expires_ms <= now_ms) idle.environment.kill();
    this.#idle = this.#idle.filter(({ environment }) => !environment.dead);
    return this.#idle.pop()?.environment;
  }

  async #cold(): Promise<ExecutionEnvironment> {
    const { clock, random, network, spec, functionArn, region, regionServes } = this.#options;
    this.#started += 1;
    const own = random.split(`environment-${this.#started}`);
    await clock.sleep(own.between(...COLD_START_MS));
    const environment = new ExecutionEnvironment({
      clock,
      random: own,
      network,
      bundle: this.bundle,
      functionName: spec.name,
      functionArn,
      region,
      memory_mb: spec.memory_mb,
      timeout_s: spec.timeout_s,
      variables: this.#variables(own),
      regionServes,
      log: (line) => this.#log(line),
    });
    environment.init();
    return environment;
  }

  /** docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
  #variables(random: Random): Record<string, string> {
    const { region, spec, credentials, clock } = this.#options;
    const day = new Date(clock.now_ms()).toISOString().slice(0, 10).replaceAll('-', '/');
    return {
      ...spec.environment,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      AWS_DEFAULT_REGION: region,
      AWS_REGION: region,
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memory_mb),
      AWS_LAMBDA_FUNCTION_NAME: spec.name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${spec.name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: `${day}/[$LATEST]${random.hex(32)}`,
      AWS_LAMBDA_RUNTIME_API: '169.254.100.1:9001',
      LAMBDA_RUNTIME_DIR: '/var/runtime',
      LAMBDA_TASK_ROOT: '/var/task',
      LANG: 'en_US.UTF-8',
      NODE_PATH: '/opt/nodejs/node24/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules',
      PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
      TZ: ':UTC',
      _HANDLER: spec.handler,
    };
  }

  #log(line: Pick<LogLine, 'requestId' | 'level' | 'message'>): void {
    const { clock, region, spec } = this.#options;
    this.#options.log({ at_ms: clock.now_ms(), region, functionName: spec.name, ...line });
  }
}
