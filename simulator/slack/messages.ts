import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import { interactiveElements } from './blocks.ts';
import { isObject, type Json } from './json.ts';
import type { Change, Message, StoredFile } from './model.ts';

interface NewMessage {
  readonly channel: string;
  readonly user: string;
  readonly fromApp: boolean;
  readonly text: string;
  readonly blocks: readonly Json[];
  /** The caller's name. */
  readonly by: string;
  readonly thread_ts?: string;
  readonly ephemeralFor?: string;
  readonly broadcast?: boolean;
  readonly files?: readonly StoredFile[];
}

/** Every message ever posted, with its revisions. Nothing is deleted, so that a test can check what was seen when. */
export class Messages {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #changed: (change: Change) => void;
  readonly #all = new Map<string, Message>();
  #last_us = 0;

  constructor(clock: Clock, random: Random, changed: (change: Change) => void) {
    this.#clock = clock;
    this.#random = random;
    this.#changed = changed;
  }

  /** A timestamp as Slack makes them: seconds, a dot, six digits; unique and increasing in the workspace. */
  nextTs(): string {
    this.#last_us = Math.max(Math.floor(this.#clock.now_ms() * 1000), this.#last_us + 1);
    const micros = String(this.#last_us % 1_000_000).padStart(6, '0');
    return `${Math.floor(this.#last_us / 1_000_000)}.${micros}`;
  }

  post(message: NewMessage): Message {
    const { by, ...rest } = message;
    const blocks = withIds(message.blocks, this.#random);
    const at_ms = this.#clock.now_ms();
    return this.#keep({
      ...rest,
      blocks,
      ts: this.nextTs(),
      broadcast: message.broadcast ?? false,
      files: message.files ?? [],
      deleted: false,
      revisions: [{ at_ms, text: message.text, blocks, by, deleted: false }],
    });
  }

  revise(message: Message, text: string, blocks: readonly Json[], by: string): Message {
    const filled = withIds(blocks, this.#random);
    const revision = { at_ms: this.#clock.now_ms(), text, blocks: filled, by, deleted: false };
    return this.#keep({ ...message, text, blocks: filled, revisions: [...message.revisions, revision] });
  }

  remove(message: Message, by: string): void {
    const revision = { at_ms: this.#clock.now_ms(), text: message.text, blocks: message.blocks, by, deleted: true };
    this.#keep({ ...message, deleted: true, revisions: [...message.revisions, revision] });
  }

  find(channel: string, ts: string): Message | undefined {
    const message = this.#all.get(`${channel}/${ts}`);
    return message?.deleted ? undefined : message;
  }

  /** What a channel shows now, in the order posted; roots and replies, ephemeral messages among them. */
  in(channel: string): readonly Message[] {
    return this.ever(channel).filter((message) => !message.deleted);
  }

  /** Deleted messages as well. */
  ever(channel: string): readonly Message[] {
    return [...this.#all.values()].filter((message) => message.channel === channel);
  }

  #keep(message: Message): Message {
    this.#all.set(`${message.channel}/${message.ts}`, message);
    this.#changed({ kind: 'message', message });
    return message;
  }
}

/** Blocks as Slack keeps them: a block_id and an action_id wherever the app gave none. */
export function withIds(blocks: readonly Json[], random: Random): readonly Json[] {
  return blocks.map((block) => {
    const block_id = block['block_id'] ?? random.hex(5);
    const interactive = interactiveElements(block);
    const fill = (value: unknown): unknown => {
      if (!isObject(value) || !interactive.includes(value)) return value;
      return { ...value, action_id: value['action_id'] ?? random.hex(5) };
    };
    const members = Object.entries(block).map(([key, value]) => [
      key,
      Array.isArray(value) ? value.map(fill) : fill(value),
    ]);
    return { ...Object.fromEntries(members), block_id };
  });
}
