import { cut, LIMITS, type Message, quoted, section } from './block-kit.ts';
import { when } from './words.ts';

/** A command or a click that Lambda gave up, as its failure destination gets it. */
export interface Undelivered {
  readonly slackUser: string;
  /** What was typed (`/dr promote shop`), or which button was pressed. */
  readonly what: string;
  /** UTC, ISO 8601: when Slack sent it. */
  readonly at: string;
  readonly operation: string | undefined;
  /** False: no invocation ever began, so that it had no effect for certain. */
  readonly ran: boolean;
  /** What the function said when it failed; empty where it never ran. */
  readonly error: string;
}

/** Tells the channel what a person would otherwise wait for in vain: who, what, when, what it means, what to do. */
export function undeliveredMessage(lost: Undelivered): Message {
  const who = /^[UW][A-Z0-9]{1,20}$/.test(lost.slackUser) ? `<@${lost.slackUser}>` : 'somebody';
  const text = [
    `*NOT CARRIED OUT:* ${who} sent ${quoted(lost.what, 200)} at ${when(lost.at)}${lost.operation === undefined ? '' : ` for \`${quoted(lost.operation, 120)}\``}.`,
    lost.ran
      ? `Muster failed while it handled this (${quoted(lost.error, 300) || 'no reason given'}). It is not known whether it had an effect.`
      : 'Muster never started on it: it waited too long and was dropped. Nothing was changed.',
    '*Next:* check `/dr status`, then send it again; sent twice, it takes effect once. If it fails again, work by hand: the runbook, section "Muster itself is dead".',
  ].join(' ');
  return { text: cut(text, LIMITS.text), blocks: [section(text)] };
}
