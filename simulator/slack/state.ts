import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import { Messages } from './messages.ts';
import type {
  CallRecord,
  Change,
  Message,
  Notice,
  SlackChannel,
  SlackUser,
  StoredFile,
  WorkspaceSpec,
} from './model.ts';
import { Views } from './views.ts';

/** A trigger lives 3 s and is good for one view: https://docs.slack.dev/interactivity/handling-user-interaction */
const TRIGGER_LIFE_MS = 3_000;
/** https://docs.slack.dev/interactivity/handling-user-interaction#message_responses */
const RESPONSE_URL_LIFE_MS = 30 * 60_000;
const RESPONSE_URL_USES = 5;

interface Trigger {
  readonly user: string;
  readonly expires_ms: number;
  exchanged: boolean;
}

export interface ResponseUrl {
  readonly user: string;
  readonly channel: string;
  /** The message whose button was clicked; undefined for a slash command. */
  readonly source: { readonly ts: string } | undefined;
  readonly expires_ms: number;
  usesLeft: number;
}

/** Everything in a workspace. What its administrators decide (`spec`) can be changed while the world runs. */
export class Workspace {
  spec: WorkspaceSpec;
  readonly messages: Messages;
  readonly views: Views;
  readonly files = new Map<string, StoredFile>();
  readonly calls: CallRecord[] = [];
  readonly notices: Notice[] = [];
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #triggers = new Map<string, Trigger>();
  readonly #responseUrls = new Map<string, ResponseUrl>();
  readonly #pins = new Map<string, readonly string[]>();

  constructor(spec: WorkspaceSpec, clock: Clock, random: Random) {
    this.spec = spec;
    this.#clock = clock;
    this.#random = random;
    const changed = (change: Change): void => this.#tell(change);
    this.messages = new Messages(clock, random.split('messages'), changed);
    this.views = new Views(clock, random.split('views'), changed);
  }

  /** Calls `listener` at every change on anybody's screen; the returned function unsubscribes. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  user(id: string): SlackUser | undefined {
    return this.spec.users.find((user) => user.id === id);
  }

  channel(id: string): SlackChannel | undefined {
    return this.spec.channels.find((channel) => channel.id === id);
  }

  /** The direct conversation of the app with a person, made when it is first needed. */
  directChannel(user: string): SlackChannel {
    const { spec } = this;
    const found = spec.channels.find(
      (c) => c.kind === 'im' && c.members.includes(user) && c.members.includes(spec.botUserId),
    );
    if (found !== undefined) return found;
    const channel: SlackChannel = {
      id: `D${user.slice(1)}`,
      name: 'directmessage',
      kind: 'im',
      members: [user, spec.botUserId],
    };
    this.spec = { ...spec, channels: [...spec.channels, channel] };
    return channel;
  }

  /** What `user` sees, in order: messages of the channels that the person is in. */
  visibleTo(user: string): readonly Message[] {
    return this.spec.channels
      .filter((channel) => channel.members.includes(user))
      .flatMap((channel) => this.messages.in(channel.id))
      .filter((message) => message.ephemeralFor === undefined || message.ephemeralFor === user)
      .sort((a, b) => a.ts.localeCompare(b.ts));
  }

  newTrigger(user: string): string {
    const id = `${this.#random.hex(10)}.${this.#random.hex(12)}.${this.#random.hex(32)}`;
    this.#triggers.set(id, { user, expires_ms: this.#clock.now_ms() + TRIGGER_LIFE_MS, exchanged: false });
    return id;
  }

  /** The person behind a trigger, once; otherwise why the trigger is not valid. */
  exchangeTrigger(id: string): { readonly user: string } | { readonly error: string } {
    const trigger = this.#triggers.get(id);
    if (trigger === undefined) return { error: 'invalid_trigger_id' };
    if (this.#clock.now_ms() > trigger.expires_ms) return { error: 'expired_trigger_id' };
    if (trigger.exchanged) return { error: 'exchanged_trigger_id' };
    trigger.exchanged = true;
    return { user: trigger.user };
  }

  newResponseUrl(user: string, channel: string, source: ResponseUrl['source']): string {
    const kind = source === undefined ? 'commands' : 'actions';
    const path = `/${kind}/${this.spec.teamId}/${this.#random.hex(12)}/${this.#random.hex(24)}`;
    const expires_ms = this.#clock.now_ms() + RESPONSE_URL_LIFE_MS;
    this.#responseUrls.set(path, { user, channel, source, expires_ms, usesLeft: RESPONSE_URL_USES });
    return `https://hooks.slack.com${path}`;
  }

  /** Uses a response URL once; otherwise why it is not valid. */
  useResponseUrl(path: string): ResponseUrl | { readonly error: string } {
    const found = this.#responseUrls.get(path);
    if (found === undefined) return { error: 'invalid_url' };
    if (this.#clock.now_ms() > found.expires_ms) return { error: 'expired_url' };
    if (found.usesLeft <= 0) return { error: 'used_url' };
    found.usesLeft -= 1;
    return found;
  }

  pins(channel: string): readonly string[] {
    return this.#pins.get(channel) ?? [];
  }

  setPins(channel: string, pins: readonly string[]): void {
    this.#pins.set(channel, pins);
    this.#tell({ kind: 'pins', channel });
  }

  /** Shows a notice from Slack itself to a person. */
  notify(user: string, code: string, text: string): Notice {
    const notice: Notice = { at_ms: this.#clock.now_ms(), user, code, text };
    this.notices.push(notice);
    this.#tell({ kind: 'notice', notice });
    return notice;
  }

  #tell(change: Change): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}
