import type { Clock, Timer } from '../clock.ts';
import type { Random } from '../random.ts';
import type { Caller, Network } from '../wire.ts';
import type { Bundle } from './bundle.ts';
import { type Context, createContext } from './context.ts';
import { Gate } from './gate.ts';
import { type Owner, runAs } from './host-errors.ts';
import { installGlobals } from './modules/globals.ts';
import type { Inside, LogLevel } from './modules/inside.ts';
import {
  exited,
  type Failure,
  failureOf,
  invalidHandler,
  runtimeFailure,
  timedOut,
  unhandledEvent,
} from './outcome.ts';
import { Port } from './port.ts';

interface ExecutionEnvironmentOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly bundle: Bundle;
  readonly functionName: string;
  readonly functionArn: string;
  readonly region: string;
  readonly memory_mb: number;
  readonly timeout_s: number;
  readonly variables: Readonly<Record<string, string>>;
  /** False once the region's machines are gone: the environment dies with them and answers nothing. */
  readonly regionServes: () => boolean;
  readonly log: (line: { requestId: string | undefined; level: LogLevel; message: string }) => void;
}

/** When to kill an invocation: after its n-th request has had its effect (0: at the first await), or after a time. */
export interface KillPlan {
  readonly afterCalls?: number;
  readonly after_ms?: number;
}

export type Outcome =
  | { readonly kind: 'answer'; readonly payload: string }
  | { readonly kind: 'failure'; readonly failure: Failure }
  /** The machine is gone with its region; nobody is answered. */
  | { readonly kind: 'lost' };

interface Invocation {
  readonly requestId: string;
  /** JSON text. */
  readonly payload: string;
  readonly kill?: KillPlan | undefined;
}

interface Running {
  readonly invocation: Invocation;
  readonly deadline_ms: number;
  readonly end: (outcome: Outcome) => void;
  readonly timers: Timer[];
}

type Handler = (event: unknown, context: object) => unknown;

/**
 * One execution environment: a bundle loaded as Lambda loads it, in a context whose time, randomness and network are the
 * world's (docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html). It serves one invocation at a time and
 * is frozen in between.
 */
export class ExecutionEnvironment implements Owner {
  readonly #options: ExecutionEnvironmentOptions;
  readonly #gate: Gate;
  readonly #port: Port;
  readonly #context: Context;
  readonly #inside: Inside;
  #handler: Handler | undefined;
  #initFailure: Failure | undefined;
  #running: Running | undefined;

  constructor(options: ExecutionEnvironmentOptions) {
    this.#options = options;
    const caller = (): Caller => {
      const requestId = this.#running?.invocation.requestId;
      const base = { name: options.functionName, region: options.region };
      return requestId === undefined ? base : { ...base, requestId };
    };
    this.#gate = new Gate(options.clock, (fn) => this.#enter(fn));
    this.#port = new Port(options.network, this.#gate, caller, (call) => this.#effect(call));
    this.#context = createContext(options.functionName);
    this.#inside = {
      clock: options.clock,
      gate: this.#gate,
      random: options.random,
      port: this.#port,
      context: this.#context,
      file: options.bundle,
      memory_mb: options.memory_mb,
      start_ms: options.clock.now_ms(),
      variables: options.variables,
      log: (level, message) => this.#log(level, message),
      exit: (status) => this.#die(exited(this.#requestId(), status === 0 ? undefined : `exit status ${status}`)),
    };
  }

  get dead(): boolean {
    return this.#gate.dead;
  }

  /** Runs the bundle's top level. A failure here is the answer of the invocation that caused the start. */
  init(): void {
    this.#enter(() => {
      try {
        this.#handler = this.#load();
      } catch (error) {
        this.#initFailure = failureOf(error);
      }
    });
  }

  #load(): Handler {
    const { bundle } = this.#options;
    const require = installGlobals(this.#inside);
    const load = bundle.script().runInContext(this.#context.vmContext) as (...args: unknown[]) => void;
    const module = { exports: new this.#context.Object() as Record<string, unknown> };
    const importModule = (id: string): Promise<unknown> =>
      new this.#context.Promise((resolve) => {
        const exports = require(id) as object;
        resolve({ ...exports, default: exports });
      });
    Reflect.apply(load, module.exports, [module.exports, require, module, bundle.path, '/var/task', importModule]);
    const handler = module.exports[bundle.handler];
    const refusal = invalidHandler(handler, bundle);
    if (refusal !== undefined) throw runtimeFailure(refusal);
    return handler as Handler;
  }

  /** Settles once: with the handler's result, its failure, the timeout, or the death of the process or of its machine. */
  invoke(invocation: Invocation): Promise<Outcome> {
    const { clock, timeout_s } = this.#options;
    return new Promise((resolve) => {
      const timers: Timer[] = [];
      const end = (outcome: Outcome): void => {
        for (const timer of timers) timer.cancel();
        this.#running = undefined;
        resolve(outcome);
      };
      const deadline_ms = clock.now_ms() + timeout_s * 1000;
      this.#running = { invocation, deadline_ms, end, timers };
      this.#port.countFromZero();
      this.#gate.thaw();
      timers.push(clock.after(timeout_s * 1000, () => this.#die(timedOut(invocation.requestId, timeout_s))));
      const kill_ms = invocation.kill?.after_ms;
      if (kill_ms !== undefined) timers.push(clock.after(kill_ms, () => this.#killed()));
      // Behind what came due while it was frozen.
      clock.after(0, () => this.#gate.deliver(() => this.#handle(invocation)));
    });
  }

  #handle(invocation: Invocation): void {
    if (this.#initFailure !== undefined || this.#handler === undefined) {
      this.#die(this.#initFailure ?? exited(invocation.requestId, 'exit status 1'));
      return;
    }
    const handler = this.#handler;
    // An async function, so that a handler which throws at once fails the same way as one that throws later.
    const run = async (): Promise<unknown> =>
      handler(this.#context.JSON.parse(invocation.payload), this.#contextObject());
    const result = run();
    if (invocation.kill?.afterCalls === 0) this.#killed();
    result.then(
      (value) => this.#finish(() => this.#answer(value)),
      (error: unknown) => this.#finish(() => ({ kind: 'failure', failure: failureOf(error) })),
    );
  }

  #answer(value: unknown): Outcome {
    try {
      return { kind: 'answer', payload: this.#context.JSON.stringify(value) ?? 'null' };
    } catch (error) {
      const message = `Unable to stringify response body`;
      return {
        kind: 'failure',
        failure: { ...failureOf(error), errorType: 'Runtime.JSONStringifyError', errorMessage: message },
      };
    }
  }

  #finish(outcome: () => Outcome): void {
    if (this.dead || this.#running === undefined) return;
    const { end } = this.#running;
    const result = outcome();
    this.#gate.freeze();
    if (result.kind === 'failure') this.#log('ERROR', `Invoke Error\t${JSON.stringify(result.failure)}`);
    end(result);
  }

  /** The process ends at once: nothing of it runs after this instant, nothing is answered. */
  kill(): void {
    this.#gate.kill();
    this.#running?.end({ kind: 'lost' });
  }

  uncaught(kind: 'uncaughtException' | 'unhandledRejection', reason: unknown): void {
    if (this.dead) return;
    const failure = failureOf(unhandledEvent(reason));
    if (kind === 'uncaughtException') {
      this.#log('ERROR', `Uncaught Exception\t${JSON.stringify(failure)}`);
      this.#die(failure);
      return;
    }
    this.#log('ERROR', `Unhandled Promise Rejection\t${JSON.stringify(failure)}`);
    this.#die({ ...failure, errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: String(reason) });
  }

  /** Ends the process; the invocation that runs, if one does, answers `failure`. */
  #die(failure: Failure): void {
    this.#gate.kill();
    this.#running?.end(this.#options.regionServes() ? { kind: 'failure', failure } : { kind: 'lost' });
  }

  #killed(): void {
    this.#die(exited(this.#requestId(), 'signal: killed'));
  }

  #effect(call: number): void {
    if (this.#running?.invocation.kill?.afterCalls === call) this.#killed();
  }

  #enter(fn: () => void): void {
    if (!this.#options.regionServes()) {
      this.kill();
      return;
    }
    runAs(this, () => {
      try {
        fn();
      } catch (error) {
        this.uncaught('uncaughtException', error);
      }
    });
  }

  #requestId(): string {
    return this.#running?.invocation.requestId ?? '';
  }

  #log(level: LogLevel, message: string): void {
    if (!this.dead) this.#options.log({ requestId: this.#running?.invocation.requestId, level, message });
  }

  /** docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
  #contextObject(): object {
    const { functionName, functionArn, memory_mb, clock, variables } = this.#options;
    const running = this.#running;
    return Object.assign(new this.#context.Object(), {
      functionName,
      functionVersion: '$LATEST',
      invokedFunctionArn: functionArn,
      memoryLimitInMB: String(memory_mb),
      awsRequestId: running?.invocation.requestId,
      logGroupName: variables['AWS_LAMBDA_LOG_GROUP_NAME'],
      logStreamName: variables['AWS_LAMBDA_LOG_STREAM_NAME'],
      getRemainingTimeInMillis: () => Math.max(0, Math.round((running?.deadline_ms ?? 0) - clock.now_ms())),
    });
  }
}
