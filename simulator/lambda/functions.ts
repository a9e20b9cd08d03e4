import * as schemas from '@aws-sdk/client-lambda';
import { AwsError, type Service } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import type { Environment } from '../environment.ts';
import type { Random } from '../random.ts';
import type { Network, WireRequest, WireResponse } from '../wire.ts';
import type { KillPlan } from './execution-environment.ts';
import { type FunctionWorld, LambdaFunction } from './function.ts';
import { operationsOf } from './operations.ts';
import type { LogLine } from './pool.ts';
import type { FunctionOptions, InvokeAnswer } from './spec.ts';
import { StreamMapping, type StreamMappingOptions } from './stream-mapping.ts';
import { answerOf, eventOf, failed, tooLarge } from './url.ts';

/** The account's concurrency limit in a region (docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html). */
const ACCOUNT_CONCURRENCY = 1000;

interface LambdaOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: Environment;
  readonly network: Network;
  readonly accountId: string;
  /** Told of every line as it is written. */
  readonly onLog?: (line: LogLine) => void;
}

export interface Lambda {
  /** The API: `Invoke` and what reads and changes configuration. */
  readonly service: Service;
  /** Deploys a function, or a new version of it. */
  define(region: string, options: FunctionOptions): LambdaFunction;
  find(region: string, name: string): LambdaFunction | undefined;
  /** Waits for the result. `payload` is any JSON value. Throws AwsError (ResourceNotFound, TooManyRequests); never settles in a lost region. */
  invoke(region: string, name: string, payload: unknown): Promise<InvokeAnswer>;
  /** Queues an event; returns its request id. */
  invokeAsync(region: string, name: string, payload: unknown): string;
  /** A fault: the function's next invocation dies half way and answers Runtime.ExitError. */
  killNext(region: string, name: string, plan?: KillPlan): void;
  /** A fault: the function's next asynchronous event is delivered twice. */
  duplicateNext(region: string, name: string, delay_ms?: number): void;
  /** A DynamoDB stream (or a part of it) that a function reads. */
  mapStream(region: string, options: StreamMappingOptions): StreamMapping;
  mappings(region: string): readonly StreamMapping[];
  /** The host name of a function's URL. */
  urlHost(region: string, name: string): string;
  /** Serves a request to such a host; undefined when no function has it. Permissions are not checked. */
  serveUrl(request: WireRequest): Promise<WireResponse> | undefined;
  /** The function whose role has these credentials. */
  functionOf(accessKeyId: string): { readonly region: string; readonly name: string } | undefined;
  readonly logs: readonly LogLine[];
}

/** Every function of the world, by region. */
export function createLambda(options: LambdaOptions): Lambda {
  return new Functions(options);
}

class Functions implements Lambda {
  readonly service: Service;
  readonly logs: LogLine[] = [];
  readonly #options: LambdaOptions;
  readonly #random: Random;
  readonly #functions = new Map<string, LambdaFunction>();
  readonly #mappings = new Map<string, StreamMapping[]>();

  constructor(options: LambdaOptions) {
    this.#options = options;
    this.#random = options.random.split('lambda');
    const operations = operationsOf({
      need: (region, name) => this.#need(region, name),
      inRegion: (region) => this.#inRegion(region),
      mappings: (region) => this.mappings(region),
      urlHost: (region, name) => this.urlHost(region, name),
    });
    this.service = { id: 'lambda', schemas, operations };
  }

  find(region: string, name: string): LambdaFunction | undefined {
    return this.#functions.get(`${region}/${name}`);
  }

  #need(region: string, name: string): LambdaFunction {
    const found = this.find(region, name);
    if (found !== undefined) return found;
    const message = `Function not found: arn:aws:lambda:${region}:${this.#options.accountId}:function:${name}`;
    throw new AwsError('ResourceNotFoundException', message, { Type: 'User' });
  }

  #inRegion(region: string): LambdaFunction[] {
    return [...this.#functions].filter(([key]) => key.startsWith(`${region}/`)).map(([, deployed]) => deployed);
  }

  define(region: string, spec: FunctionOptions): LambdaFunction {
    const known = this.find(region, spec.name);
    if (known !== undefined) {
      known.update(spec);
      return known;
    }
    const world: FunctionWorld = {
      ...this.#options,
      random: this.#random,
      region,
      log: (line) => {
        this.logs.push(line);
        this.#options.onLog?.(line);
      },
      regionHasRoom: () => hasRoom(this.#inRegion(region)),
      toFunction: (name, record) => void this.invokeAsync(region, name, record),
    };
    const created = new LambdaFunction(world, spec);
    this.#functions.set(`${region}/${spec.name}`, created);
    return created;
  }

  async invoke(region: string, name: string, payload: unknown): Promise<InvokeAnswer> {
    const target = this.#need(region, name);
    return target.invoke(target.newRequestId(), JSON.stringify(payload) ?? 'null');
  }

  invokeAsync(region: string, name: string, payload: unknown): string {
    const target = this.#need(region, name);
    const requestId = target.newRequestId();
    target.queue.accept(requestId, JSON.stringify(payload) ?? 'null');
    return requestId;
  }

  killNext(region: string, name: string, plan: KillPlan = { afterCalls: 1 }): void {
    this.#need(region, name).killNext(plan);
  }

  duplicateNext(region: string, name: string, delay_ms = 1000): void {
    this.#need(region, name).queue.duplicateNext(delay_ms);
  }

  mapStream(region: string, wanted: StreamMappingOptions): StreamMapping {
    this.#need(region, wanted.functionName);
    const { clock, environment, accountId } = this.#options;
    const known = this.mappings(region);
    const mapping = new StreamMapping(wanted, {
      clock,
      random: this.#random.split(`${region}/mapping-${known.length}`),
      region,
      accountId,
      regionServes: () => environment.regionServes(region),
      invoke: async (payload) => {
        const target = this.#need(region, wanted.functionName);
        return target.attempt(target.newRequestId(), JSON.stringify(payload));
      },
    });
    this.#mappings.set(region, [...known, mapping]);
    return mapping;
  }

  mappings(region: string): readonly StreamMapping[] {
    return this.#mappings.get(region) ?? [];
  }

  urlHost(region: string, name: string): string {
    return `${this.#need(region, name).urlId}.lambda-url.${region}.on.aws`;
  }

  serveUrl(request: WireRequest): Promise<WireResponse> | undefined {
    const [id, , region = ''] = request.url.hostname.split('.');
    const target = this.#inRegion(region).find((deployed) => deployed.urlId === id);
    return target === undefined ? undefined : serve(target, request, this.#options);
  }

  functionOf(accessKeyId: string): { readonly region: string; readonly name: string } | undefined {
    const found = [...this.#functions].find(([, deployed]) => deployed.credentials.accessKeyId === accessKeyId);
    return found && { region: found[0].slice(0, found[0].indexOf('/')), name: found[1].spec.name };
  }
}

function hasRoom(deployed: readonly LambdaFunction[]): boolean {
  const reserved = deployed.reduce((sum, one) => sum + (one.spec.reservedConcurrency ?? 0), 0);
  const unreserved = deployed.filter((one) => one.spec.reservedConcurrency === undefined);
  return unreserved.reduce((sum, one) => sum + one.running, 0) < ACCOUNT_CONCURRENCY - reserved;
}

async function serve(
  target: LambdaFunction,
  request: WireRequest,
  { clock, accountId }: LambdaOptions,
): Promise<WireResponse> {
  const requestId = target.newRequestId();
  const event = eventOf(request, { requestId, accountId, now_ms: clock.now_ms() });
  if (event === undefined) return tooLarge();
  try {
    return answerOf(await target.invoke(requestId, JSON.stringify(event)));
  } catch (error) {
    if (error instanceof AwsError) return failed(429, { Reason: error.members['Reason'], Message: error.message });
    throw error;
  }
}
