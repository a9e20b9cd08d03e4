import type { Json } from './json.ts';

export interface SlackUser {
  readonly id: string;
  readonly name: string;
  readonly realName?: string;
  readonly email?: string;
  /** IANA name, `Europe/Berlin`. */
  readonly tz?: string;
  /** The user's own team; another team than the workspace's for people of Slack Connect. */
  readonly teamId?: string;
  readonly deleted?: boolean;
  readonly isBot?: boolean;
  readonly isRestricted?: boolean;
  readonly isUltraRestricted?: boolean;
  readonly isStranger?: boolean;
}

export interface SlackChannel {
  readonly id: string;
  readonly name: string;
  readonly kind: 'public' | 'private' | 'im';
  /** User ids, the bot's among them when it was invited. */
  readonly members: readonly string[];
  readonly isArchived?: boolean;
}

export interface UserGroup {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly users: readonly string[];
}

/** Everything about a workspace that its administrators and the app's manifest decide. */
export interface WorkspaceSpec {
  readonly teamId: string;
  readonly teamDomain: string;
  readonly plan: 'free' | 'paid';
  readonly appId: string;
  readonly botId: string;
  readonly botUserId: string;
  readonly botToken: string;
  readonly scopes: readonly string[];
  readonly signingSecret: string;
  /** With their slash: `/dr`. */
  readonly commands: readonly string[];
  /** The manifest's `should_escape` of the slash commands. */
  readonly shouldEscape: boolean;
  readonly users: readonly SlackUser[];
  readonly channels: readonly SlackChannel[];
  readonly userGroups: readonly UserGroup[];
  /** Whether chat.update takes `plan` and `task_card` blocks: not confirmed for the real Slack. */
  readonly progressBlocksInUpdate: boolean;
}

/** One state of a message, with the instant it began. */
interface Revision {
  readonly at_ms: number;
  readonly text: string;
  readonly blocks: readonly Json[];
  /** Who wrote it: the caller's name, `muster-notify`. */
  readonly by: string;
  readonly deleted: boolean;
}

export interface Message {
  readonly channel: string;
  readonly ts: string;
  readonly thread_ts?: string;
  /** Author's user id. */
  readonly user: string;
  readonly fromApp: boolean;
  readonly text: string;
  readonly blocks: readonly Json[];
  /** The only user who sees it; undefined for an ordinary message. */
  readonly ephemeralFor?: string;
  /** A reply that the channel shows as well. */
  readonly broadcast: boolean;
  readonly files: readonly StoredFile[];
  readonly deleted: boolean;
  /** Oldest first; the last is what is shown. */
  readonly revisions: readonly Revision[];
}

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly content: Uint8Array;
}

/** What a person typed or chose, by block id and action id. */
export type Draft = Readonly<Record<string, Readonly<Record<string, Json>>>>;

export interface View {
  readonly id: string;
  /** Who has it on the screen. */
  readonly user: string;
  readonly type: 'modal' | 'home';
  /** As the app gave it, with the ids filled in that it left out. */
  readonly content: Json;
  readonly hash: string;
  readonly rootViewId: string;
  readonly previousViewId: string | null;
  readonly draft: Draft;
  /** Field errors of the last submission, by block id. */
  readonly errors: Readonly<Record<string, string>>;
}

/** A notice from Slack itself, not from the app: a timeout, a warning triangle. */
export interface Notice {
  readonly at_ms: number;
  readonly user: string;
  /** Slack's code (`operation_timeout`, `dispatch_failed`) or `slackbot` for its own advice. */
  readonly code: string;
  readonly text: string;
}

export type Change =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'view'; readonly user: string; readonly viewId: string }
  | { readonly kind: 'notice'; readonly notice: Notice }
  | { readonly kind: 'pins'; readonly channel: string };

/** One call of the Web API as Slack saw it. */
export interface CallRecord {
  readonly at_ms: number;
  readonly method: string;
  readonly caller: string;
  /** `ok`, or Slack's error code. */
  readonly result: string;
}
