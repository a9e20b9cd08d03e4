import type { HistoryEvent, HistoryEventType } from '@aws-sdk/client-sfn';
import { StateError } from './asl.ts';

/** https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html: event 25,000 is the failure itself. */
const MAX_EVENTS = 25_000;

export type EventDetails = Omit<HistoryEvent, 'timestamp' | 'type' | 'id' | 'previousEventId'>;

/** What happened in an execution, in order. Ids count from 1. */
export class History {
  readonly events: HistoryEvent[] = [];
  readonly #now_ms: () => number;

  constructor(now_ms: () => number) {
    this.#now_ms = now_ms;
  }

  /** Appends an event and answers its id; throws the error that ends the execution when only one place is left. */
  add(type: HistoryEventType, previousEventId: number, details: EventDetails = {}): number {
    if (this.events.length >= MAX_EVENTS - 1) {
      const cause = `The execution reached the maximum number of history events (${MAX_EVENTS}).`;
      throw new StateError('States.Runtime', cause, { terminal: true });
    }
    return this.close(type, previousEventId, details);
  }

  /** The execution's last event: it may take the last place. */
  close(type: HistoryEventType, previousEventId: number, details: EventDetails = {}): number {
    const id = this.events.length + 1;
    this.events.push({ timestamp: new Date(this.#now_ms()), type, id, previousEventId, ...details });
    return id;
  }
}

export const WHOLE = { truncated: false } as const;
