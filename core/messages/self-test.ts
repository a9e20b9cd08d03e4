import type { Operation } from '../operation.ts';
import { SELF_TEST_SILENT_HOURS } from '../self-test.ts';
import { context, type Message, quoted, section } from './block-kit.ts';
import { duration, secondsBetween, when } from './words.ts';

const RUNBOOK = 'docs/runbook.md, section "Alarm: no self-test has passed"';

/** The one message of a self-test. It must never look like an operation to somebody who is woken. */
export function selfTestMessage(operation: Operation, now: string): Message {
  const text = `Self-test: ${wordsOf(operation)}`;
  return {
    text,
    blocks: [section(`*Self-test:* ${wordsOf(operation)}`), context(`\`${operation.id}\` · drawn ${when(now)}`)],
  };
}

function wordsOf({ ended, draftedAt }: Operation): string {
  if (ended === undefined) return 'running. It changes nothing. No action needed.';
  const took = duration(secondsBetween(draftedAt, ended.at));
  if (ended.outcome === 'succeeded') return `passed in ${took}. Nothing was changed. No action needed.`;
  return `*FAILED* after ${took}: ${quoted(ended.why, 300)}. Muster may not work when it is needed: ${RUNBOOK}.`;
}

/** One line of `/dr status`. `recent`: the newest self-tests, newest first. */
export function selfTestLine(recent: readonly Operation[], now: string): string {
  const last = recent.find((one) => one.ended !== undefined)?.ended;
  const passed = recent.find((one) => one.ended?.outcome === 'succeeded')?.ended;
  if (last === undefined) {
    return recent.length === 0
      ? '• *Self-test:* none has run yet; one runs every day.'
      : '• *Self-test:* the first one is running.';
  }
  if (last.outcome !== 'succeeded') {
    const since =
      passed === undefined ? 'none of the last few passed' : `the last that passed ended ${when(passed.at)}`;
    return `• *SELF-TEST FAILED* ${when(last.at)}: ${quoted(last.why, 300)}; ${since}. See ${RUNBOOK}.`;
  }
  return secondsBetween(last.at, now) / 3600 > SELF_TEST_SILENT_HOURS
    ? `• *NO SELF-TEST since* ${when(last.at)}: it should run every day. See ${RUNBOOK}.`
    : `• *Self-test:* passed ${when(last.at)}.`;
}
