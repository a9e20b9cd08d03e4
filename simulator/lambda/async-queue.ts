import { AwsError } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import type { FailureRecord, FunctionOptions, InvokeAnswer } from './spec.ts';

/** docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html: one minute, then two. */
const RETRY_AFTER_MS = [60_000, 120_000] as const;
/** The same page: throttled events are retried after 1 s, then with growing delays up to 5 minutes. */
const THROTTLED_MS = { first: 1000, most: 300_000 } as const;
/** From the 202 to the function: queue and poller. */
const HANDOVER_MS = [5, 50] as const;

interface Event {
  readonly requestId: string;
  readonly payload: string;
  readonly accepted_ms: number;
  attempts: number;
  throttles: number;
}

interface AsyncQueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly functionArn: string;
  readonly spec: () => FunctionOptions;
  readonly regionServes: () => boolean;
  readonly run: (requestId: string, payload: string) => Promise<InvokeAnswer | 'lost'>;
  readonly toFunction: (name: string, record: FailureRecord) => void;
}

/** A function's queue of asynchronous events: at least once, retried within bounds, reported when given up. */
export class AsyncQueue {
  readonly #options: AsyncQueueOptions;
  #duplicates: number[] = [];
  #pending = 0;

  constructor(options: AsyncQueueOptions) {
    this.#options = options;
  }

  /** Events accepted and neither processed nor given up. */
  get pending(): number {
    return this.#pending;
  }

  /** A fault: the next event is delivered a second time, with the same request id. */
  duplicateNext(delay_ms: number): void {
    this.#duplicates.push(delay_ms);
  }

  accept(requestId: string, payload: string): void {
    const { clock, random } = this.#options;
    this.#enqueue(requestId, payload, random.between(...HANDOVER_MS));
    const again_ms = this.#duplicates.shift();
    if (again_ms !== undefined) clock.after(again_ms, () => this.#enqueue(requestId, payload, 0));
  }

  #enqueue(requestId: string, payload: string, delay_ms: number): void {
    const { clock } = this.#options;
    this.#pending += 1;
    const event = { requestId, payload, accepted_ms: clock.now_ms(), attempts: 0, throttles: 0 };
    clock.after(delay_ms, () => this.#attempt(event));
  }

  async #attempt(event: Event): Promise<void> {
    const { spec, run, regionServes } = this.#options;
    if (this.#tooOld(event)) return this.#giveUp(event, 'EventAgeExceeded', undefined);
    if (!regionServes()) return this.#later(event);
    let answer: InvokeAnswer | 'lost';
    try {
      answer = await run(event.requestId, event.payload);
    } catch (error) {
      if (error instanceof AwsError) return this.#later(event);
      throw error;
    }
    if (answer === 'lost') return this.#later(event);
    event.attempts += 1;
    if (answer.functionError === undefined) {
      this.#pending -= 1;
      return;
    }
    if (event.attempts > spec().retries) return this.#giveUp(event, 'RetriesExhausted', answer);
    this.#options.clock.after(RETRY_AFTER_MS[event.attempts - 1] ?? RETRY_AFTER_MS[1], () => this.#attempt(event));
  }

  #tooOld(event: Event): boolean {
    return this.#options.clock.now_ms() - event.accepted_ms > this.#options.spec().maximumAge_s * 1000;
  }

  #later(event: Event): void {
    const delay_ms = Math.min(THROTTLED_MS.first * 2 ** event.throttles, THROTTLED_MS.most);
    event.throttles += 1;
    this.#options.clock.after(delay_ms, () => this.#attempt(event));
  }

  #giveUp(
    event: Event,
    condition: FailureRecord['requestContext']['condition'],
    answer: InvokeAnswer | undefined,
  ): void {
    this.#pending -= 1;
    const { onFailure } = this.#options.spec();
    if (onFailure === undefined) return;
    const record: FailureRecord = {
      version: '1.0',
      timestamp: new Date(this.#options.clock.now_ms()).toISOString(),
      requestContext: {
        requestId: event.requestId,
        functionArn: `${this.#options.functionArn}:$LATEST`,
        condition,
        approximateInvokeCount: event.attempts,
      },
      requestPayload: JSON.parse(event.payload),
      ...(answer === undefined ? {} : responseOf(answer)),
    };
    if (typeof onFailure === 'string') this.#options.toFunction(onFailure, record);
    else onFailure(record);
  }
}

function responseOf(answer: InvokeAnswer) {
  const responseContext = { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' } as const;
  return { responseContext, responsePayload: JSON.parse(answer.payload) as unknown };
}
