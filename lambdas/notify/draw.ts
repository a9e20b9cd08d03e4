import type { Config } from '../../core/config/schema.ts';
import type { EventData, LedgerRecord } from '../../core/ledger.ts';
import { context, type Message, plainly } from '../../core/messages/block-kit.ts';
import { rootMessage } from '../../core/messages/root.ts';
import { selfTestMessage } from '../../core/messages/self-test.ts';
import { type Told, threadLines, threadTexts } from '../../core/messages/thread.ts';
import { foldOperation, type Operation } from '../../core/operation.ts';
import { OPERATIONS } from '../../core/operations/registry.ts';
import { rulesOf } from '../../core/self-test.ts';
import type { Ledger } from '../adapters/ledger.ts';
import type { Posted, Slack, SlackFailure, SlackResult } from '../adapters/slack.ts';

/** What this execution environment last drew of an operation. */
export interface Drawn extends Told {
  readonly at_ms: number;
}

export interface Drawing {
  readonly ledger: Ledger;
  readonly slack: Pick<Slack, 'postMessage' | 'update'>;
  readonly config: Config;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly sleep: (delay_ms: number) => Promise<void>;
  readonly memory: Map<string, Drawn>;
}

/** chat.update allows about 50 calls a minute, all operations together. */
const PACE_MS = 2_500;
/** Rounds in one invocation; what is newer still has a stream record of its own on the way. */
const MOST_ROUNDS = 4;
/** A rate limit that is shorter is waited for here; a longer one is left to the stream mapping's retry. */
const PATIENCE_S = 10;

/**
 * Draws an operation as the ledger has it now. It reads again after drawing: whoever drew an older state over a newer
 * one (two stream shards, two invocations) sees it there and draws the newest, so the last word is always right.
 * Throws when Slack does not take it, so that the stream mapping tries again.
 */
export async function drawOperation(world: Drawing, id: string): Promise<void> {
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    if (isDrawn(world, id, await look(world, id))) return;
    await pace(world, id);
    const seen = await look(world, id);
    if (seen === undefined) return;
    try {
      await draw(world, seen);
    } catch (error) {
      const wait_s = waitOf(error);
      if (wait_s === undefined || wait_s > PATIENCE_S || round === MOST_ROUNDS) throw error;
      await world.sleep(wait_s * 1000);
    }
  }
}

function isDrawn(world: Drawing, id: string, seen: Seen | undefined): boolean {
  if (seen === undefined) return true;
  const drawn = world.memory.get(id);
  return drawn !== undefined && isToldBy(seen, drawn);
}

/** First change at once, then in steps: the rest of the pause is slept before reading, so that what is drawn is new. */
async function pace(world: Drawing, id: string): Promise<void> {
  const last = world.memory.get(id);
  const left_ms = last === undefined ? 0 : last.at_ms + PACE_MS - world.now();
  if (left_ms > 0) await world.sleep(left_ms);
}

const waitOf = (error: unknown): number | undefined =>
  error instanceof SlackRefusal && error.failure.kind === 'rate-limited' ? error.failure.retry_s : undefined;

interface Seen {
  readonly operation: Operation;
  readonly op: readonly LedgerRecord[];
  readonly votes: readonly LedgerRecord[];
  /** The newest root message; undefined: there is none yet. */
  readonly posted: Posted | undefined;
  readonly told: Told;
}

/** Undefined: nothing that the channel should see (a draft that nobody has asked for, or no operation at all). */
async function look({ ledger }: Drawing, id: string): Promise<Seen | undefined> {
  const [op, votes, view] = await Promise.all([
    ledger.read(ledger.op(id)),
    ledger.read(ledger.vote(id)),
    ledger.read(ledger.view(id)),
  ]);
  const operation = foldOperation(
    id,
    op.map((record) => record.event),
    votes.map((record) => record.event),
  );
  if (operation?.requestedAt === undefined) return undefined;
  return { operation, op, votes, posted: lastPosted(view), told: lastTold(view) };
}

const newest = (records: readonly LedgerRecord[]): number => records.at(-1)?.event.seq ?? 0;
const isToldBy = (seen: Seen, told: Told): boolean =>
  told.opSeq >= newest(seen.op) && told.voteSeq >= newest(seen.votes);

function lastPosted(view: readonly LedgerRecord[]): EventData['message-posted'] | undefined {
  const event = view.findLast((record) => record.event.type === 'message-posted')?.event;
  return event?.type === 'message-posted' ? event.data : undefined;
}

function lastTold(view: readonly LedgerRecord[]): Told {
  const event = view.findLast((record) => record.event.type === 'thread-told')?.event;
  return event?.type === 'thread-told' ? event.data : { opSeq: 0, voteSeq: 0 };
}

async function draw(world: Drawing, seen: Seen): Promise<void> {
  const { id } = seen.operation;
  const before = world.memory.get(id) ?? { opSeq: 0, voteSeq: 0 };
  // Written first: a call that fails has been a call, and the next one keeps its distance.
  world.memory.set(id, { opSeq: before.opSeq, voteSeq: before.voteSeq, at_ms: world.now() });
  const now = new Date(world.now()).toISOString();
  const message =
    OPERATIONS[seen.operation.plan.kind].messages === 'one-line'
      ? selfTestMessage(seen.operation, now)
      : rootMessage(seen.operation, world.config, now);
  const root =
    seen.posted === undefined
      ? await postRoot(world, id, message, undefined)
      : await updateRoot(world, id, message, seen.posted);
  await tellThread(world, seen, root);
  world.memory.set(id, { opSeq: newest(seen.op), voteSeq: newest(seen.votes), at_ms: world.now() });
}

/** Posts the root message and writes down where it is. Should another one have been faster, this one points at it. */
async function postRoot(world: Drawing, id: string, message: Message, lost: Posted | undefined): Promise<Posted> {
  const { channel } = rulesOf(world.config, id).slack;
  const posted = taken(await fitting(message, (fit) => world.slack.postMessage(channel, fit)), 'post the message');
  const { records } = await world.ledger.append(world.ledger.view(id), (view) => {
    const last = lastPosted(view);
    return last === undefined || last.ts === lost?.ts
      ? { type: 'message-posted', by: 'muster', data: { channel: posted.channel, ts: posted.ts } }
      : undefined;
  });
  const first = lastPosted(records) ?? posted;
  if (first.ts === posted.ts) return posted;
  const text = `Posted twice; the message of ${id} is ${linkTo(first)}.`;
  await world.slack.update(posted, { text, blocks: [] });
  return first;
}

/** https://docs.slack.dev/reference/methods/chat.update: what can no longer be updated gets a successor that names it. */
const LOST = ['message_not_found', 'cant_update_message', 'edit_window_closed'];

async function updateRoot(world: Drawing, id: string, message: Message, at: Posted): Promise<Posted> {
  const updated = await fitting(message, (fit) => world.slack.update(at, fit));
  if (updated.ok) return at;
  const { failure } = updated;
  if (failure.kind !== 'rejected' || !LOST.includes(failure.code))
    throw new SlackRefusal('update the message', failure);
  const note = context(`Goes on from ${linkTo(at)}, which can no longer be updated.`);
  return await postRoot(world, id, { text: message.text, blocks: [...message.blocks.slice(0, 49), note] }, at);
}

/** Works without an API call. */
const linkTo = ({ channel, ts }: Posted): string =>
  `<https://slack.com/archives/${channel}/p${ts.replace('.', '')}|an earlier message>`;

async function tellThread(world: Drawing, seen: Seen, root: Posted): Promise<void> {
  const history = {
    events: seen.op.map((record) => record.event),
    votes: seen.votes.map((record) => record.event),
    head: seen.op.at(-1)?.mac ?? '',
  };
  const news = threadLines(seen.operation, history, seen.told, world.config);
  for (const [index, text] of threadTexts(news.lines).entries()) {
    // chat.postMessage: about one a second in a channel.
    if (index > 0) await world.sleep(1_100);
    const said = await world.slack.postMessage(root.channel, { text, blocks: [] }, root.ts);
    if (said.ok) continue;
    if (said.failure.kind !== 'rejected') throw new SlackRefusal('write in the thread', said.failure);
    // Slack will not take these words later either; the ledger has them, and the root message is up to date.
    console.error(`the thread of ${seen.operation.id} lacks a message: ${said.failure.code} ${said.failure.why}`);
  }
  await world.ledger.append(world.ledger.view(seen.operation.id), (view) => {
    const told = lastTold(view);
    return told.opSeq >= news.told.opSeq && told.voteSeq >= news.told.voteSeq
      ? undefined
      : { type: 'thread-told', by: 'muster', data: news.told };
  });
}

const TOO_MUCH = ['invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long', 'msg_too_long', 'too_many_blocks'];

/** A view fails open: blocks that Slack refuses become plain sections, and if need be the text alone. */
async function fitting<T>(
  message: Message,
  send: (message: Message) => Promise<SlackResult<T>>,
): Promise<SlackResult<T>> {
  const versions = [message, plainly(message), { text: message.text.slice(0, 3_000), blocks: [] }];
  let last: SlackResult<T> | undefined;
  for (const version of versions) {
    last = await send(version);
    if (last.ok || last.failure.kind !== 'rejected' || !TOO_MUCH.includes(last.failure.code)) return last;
    console.error(`Slack refused the blocks: ${last.failure.code} ${last.failure.why}`);
  }
  return last ?? (await send(message));
}

/** Slack did not do what it was asked; thrown so that the stream mapping tries again. */
export class SlackRefusal extends Error {
  readonly failure: SlackFailure;
  constructor(what: string, failure: SlackFailure) {
    const why = failure.kind === 'rate-limited' ? `try again in ${failure.retry_s} s` : failure.why;
    super(`Slack did not ${what}: ${failure.kind}, ${why}`);
    this.name = 'SlackRefusal';
    this.failure = failure;
  }
}

function taken<T>(result: SlackResult<T>, what: string): T {
  if (!result.ok) throw new SlackRefusal(what, result.failure);
  return result.value;
}
