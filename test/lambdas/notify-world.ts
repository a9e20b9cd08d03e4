import { vi } from 'vitest';
import type { EventData, LedgerRecord } from '../../core/ledger.ts';
import { type Stream, streamsOf } from '../../core/streams.ts';
import type { Ledger } from '../../lambdas/adapters/ledger.ts';
import { createSlack } from '../../lambdas/adapters/slack.ts';
import { type Drawing, type Drawn, drawOperation } from '../../lambdas/notify/draw.ts';
import { sampleWorkspace } from '../../sandbox/world/workspace.ts';
import { VirtualClock } from '../../simulator/clock.ts';
import { seeded } from '../../simulator/random.ts';
import type { Message } from '../../simulator/slack/model.ts';
import { createSlack as createWorkspace } from '../../simulator/slack/workspace.ts';
import { config, ID, type Streams } from '../core/messages-world.ts';

/** The real drawing and the real Web API client against the simulated Slack, in virtual time. */
export class NotifyWorld {
  readonly clock: VirtualClock;
  readonly streams: Streams;
  readonly simulated;
  readonly memory = new Map<string, Drawn>();
  readonly slack = createSlack('xoxb-sandbox-muster');
  /** Run before each ledger read: what happens meanwhile. */
  meanwhile: (stream: Stream) => void = () => undefined;

  constructor(streams: Streams) {
    this.streams = streams;
    this.clock = new VirtualClock(Date.parse(streams.now));
    this.simulated = createWorkspace({ clock: this.clock, random: seeded('notify'), spec: sampleWorkspace() });
    const timers = new Map<number, { cancel(): void }>();
    vi.stubGlobal('setTimeout', (fn: () => void, delay_ms = 0) => {
      timers.set(timers.size + 1, this.clock.after(delay_ms, fn));
      return timers.size;
    });
    vi.stubGlobal('clearTimeout', (id: number) => timers.get(id)?.cancel());
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => this.#fetch(url, init));
  }

  readonly ledger: Ledger = {
    ...streamsOf('us-west-2'),
    read: async (stream) => {
      await this.clock.sleep(5);
      this.meanwhile(stream);
      return this.streams.records.get(stream) ?? [];
    },
    newest: async (stream, count) => (this.streams.records.get(stream) ?? []).slice(-count),
    append: async (stream, decide) => {
      const before: readonly LedgerRecord[] = this.streams.records.get(stream) ?? [];
      const wanted = await decide(before);
      const appended = wanted === undefined ? undefined : this.streams.append(stream, wanted);
      return { records: this.streams.records.get(stream) ?? [], appended };
    },
  };

  /** One invocation of an execution environment; another `memory` is another environment. */
  async draw(memory = this.memory): Promise<void> {
    await this.during(drawOperation(this.#drawing(memory), ID));
  }

  /** Several environments at once. */
  async drawTwice(): Promise<void> {
    await this.during(
      Promise.all([drawOperation(this.#drawing(new Map()), ID), drawOperation(this.#drawing(new Map()), ID)]),
    );
  }

  #drawing(memory: Map<string, Drawn>): Drawing {
    const { clock, ledger, slack } = this;
    return { ledger, slack, config, now: () => clock.now_ms(), sleep: (delay_ms) => clock.sleep(delay_ms), memory };
  }

  async during<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const end = (): void => {
      settled = true;
    };
    work.then(end, end);
    for (let idle = 0; !settled; ) {
      const ran = await this.clock.run({ until: () => settled, limit_ms: this.clock.now_ms() + 3_600_000 });
      idle = ran === 'idle' ? idle + 1 : 0;
      if (idle > 200 || ran === 'limit') throw new Error(`the work is not done: ${ran}`);
    }
    return work;
  }

  /** Messages of the channel itself, not of threads. */
  roots(): readonly Message[] {
    return this.simulated.workspace.messages.in('C0DR').filter((message) => message.thread_ts === undefined);
  }

  replies(): readonly Message[] {
    return this.simulated.workspace.messages.in('C0DR').filter((message) => message.thread_ts !== undefined);
  }

  calls(method: string): readonly { readonly at_ms: number }[] {
    return this.simulated.workspace.calls.filter((call) => call.method === method);
  }

  view(): readonly (EventData['message-posted'] | EventData['thread-told'])[] {
    return this.streams
      .events(`view#us-west-2#${ID}`)
      .map((event) => event.data as EventData['message-posted'] | EventData['thread-told']);
  }

  async #fetch(url: string, init: RequestInit): Promise<unknown> {
    const request = new Request(url, { ...init, signal: null });
    const body = new Uint8Array(await request.arrayBuffer());
    const wire = { method: request.method, url: new URL(url), headers: Object.fromEntries(request.headers), body };
    const gaveUp = new Promise<never>((_, reject) => {
      init.signal?.addEventListener('abort', () => reject(new Error('aborted')));
    });
    const caller = { name: 'muster-notify', region: 'us-west-2' };
    const answer = await Promise.race([this.simulated.handle(wire, caller), gaveUp]);
    return new Response(Buffer.from(answer.body), { status: answer.status, headers: answer.headers });
  }
}
