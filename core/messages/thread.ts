import type { Config } from '../config/schema.ts';
import type { EventData, LedgerEvent } from '../ledger.ts';
import { EXTENSION_MINUTES, type Operation } from '../operation.ts';
import { OPERATIONS, type StepId } from '../operations/registry.ts';
import { cut, LIMITS, packed, quoted } from './block-kit.ts';
import { type History, reportLines } from './report.ts';
import { approvers, nameOf, namesAnd, wantedApprovers } from './state.ts';
import { stepTitle, when } from './words.ts';

/** How much of an operation's streams is in the thread already. */
export interface Told {
  readonly opSeq: number;
  readonly voteSeq: number;
}

export interface ThreadNews {
  readonly lines: readonly string[];
  /** How much is in the thread once the lines are posted. */
  readonly told: Told;
}

/** What is new since `told`, in the order of time; after the end, the whole report. */
export function threadLines(operation: Operation, history: History, told: Told, config: Config): ThreadNews {
  const events = history.events.filter((event) => event.seq > told.opSeq);
  const votes = history.votes.filter((event) => event.seq > told.voteSeq);
  const lines = inTime([...events, ...votes]).flatMap((event) => {
    const line = lineOf(event, operation, config);
    return line === undefined ? [] : [`${when(event.at)} ${line}`];
  });
  const upTo = {
    opSeq: Math.max(told.opSeq, ...events.map((event) => event.seq)),
    voteSeq: Math.max(told.voteSeq, ...votes.map((event) => event.seq)),
  };
  if (OPERATIONS[operation.plan.kind].messages === 'one-line') return { lines: [], told: upTo };
  const ended = events.some((event) => event.type === 'operation-ended');
  return {
    lines: ended ? [...lines, ...reportLines(operation, history, config)] : lines,
    told: upTo,
  };
}

/** Lines as messages, each within what Slack shows whole. */
export const threadTexts = (lines: readonly string[]): readonly string[] => packed(lines, LIMITS.text);

const inTime = (events: readonly LedgerEvent[]): readonly LedgerEvent[] =>
  events.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));

function lineOf(event: LedgerEvent, operation: Operation, config: Config): string | undefined {
  switch (event.type) {
    case 'operation-requested':
      return `${nameOf(config, operation.requester)} requested it: ${quoted(event.data.reason, 400) || 'no reason given'}`;
    case 'operation-ended':
      return `*Ended: ${event.data.outcome}.* ${quoted(event.data.why, 600)}`;
    case 'approval-asked':
      return askedLine(event.data, operation, config);
    case 'approval-decided':
      return event.data.by.length === 0
        ? `Round ${event.data.round}: ${event.data.decision}.`
        : `Round ${event.data.round}: *${event.data.decision}* by ${namesAnd(config, event.data.by)}.`;
    case 'step-acting':
      return event.data.noReturn === true
        ? `*${stepTitle(event.data.step)}:* ${quoted(event.data.action, 300)}. *Point of no return:* it can no longer be aborted.`
        : `${stepTitle(event.data.step)}: ${quoted(event.data.action, 300)}`;
    case 'step-refused':
      return `${stepTitle(event.data.step)}: AWS refused it, so it had no effect (${quoted(event.data.action, 200)}): ${quoted(event.data.error, 400)}`;
    case 'step-cancelled':
      return `*${stepTitle(event.data.step)}:* ${quoted(event.data.why, 500)}`;
    case 'database-observed':
      return `Database, as AWS says: ${quoted(event.data.says, 400)}`;
    case 'step-noted':
      return `${stepTitle(event.data.step)}: ${quoted(event.data.note, 500)}`;
    case 'step-done':
      return `*${stepTitle(event.data.step)}:* ${event.data.outcome}. ${quoted(event.data.detail, 500)}`;
    case 'step-paused':
      return `${isPaused(operation, event.data.step) ? mentions(approvers(config)) : ''}*${stepTitle(event.data.step)} is paused and needs a decision* by ${when(event.data.deadline)}: ${quoted(event.data.why, 500)}. The buttons are in the message above.`;
    case 'step-resumed':
      return `*${stepTitle(event.data.step)}:* ${event.data.choice} by ${nameOf(config, event.data.by)}`;
    case 'approval-paged':
      return `*Paged out of band* (${event.data.stage} of ${event.data.stages}): ${quoted(event.data.why, 300)}`;
    case 'approval-page-failed':
      return `The page (${event.data.stage}) could not be sent: ${quoted(event.data.error, 300)}. *Call the approvers by phone.*`;
    case 'operation-revived':
      return `Muster's reconciler started it again: ${quoted(event.data.why, 400)}`;
    case 'operation-undone':
      return undoneLine(event.data);
    case 'fence-acting':
      return `Reconciler, fence home: ${quoted(event.data.action, 300)}`;
    case 'fence-observed':
      return `Reconciler, *home is ${event.data.fence === 'fenced' ? 'FENCED' : `NOT fenced (${event.data.fence})`}*: ${quoted(event.data.detail, 400)}`;
    case 'vote':
      return voteLine(event.data, operation, config);
    default:
      // Tokens, starts and drafts are not for people.
      return undefined;
  }
}

const isPaused = (operation: Operation, step: StepId): boolean =>
  operation.steps.get(step)?.status === 'paused' && operation.ended === undefined;

/** The one place that names people so that Slack notifies them: an update of the message above notifies nobody. */
function askedLine(data: EventData['approval-asked'], operation: Operation, config: Config): string {
  const round = operation.rounds.find((r) => r.round === data.round);
  // Posted after the decision, it need not notify anybody.
  const over = round?.decision !== undefined || operation.ended !== undefined;
  const who = over || round === undefined ? '' : mentions(wantedApprovers(operation, config, round));
  const why = data.why === null ? 'Approval is needed' : `*Approval is needed again*, because ${quoted(data.why, 500)}`;
  return `${who}${why} until ${when(data.deadline)} (round ${data.round}, plan \`${data.planHash.slice(0, 12)}\`). The buttons are in the message above.`;
}

function mentions(people: readonly { readonly slack: readonly string[] }[]): string {
  const accounts = people.flatMap((person) => person.slack.slice(0, 1)).map((id) => `<@${id}>`);
  return accounts.length === 0 ? 'Nobody else is configured: ' : `${accounts.slice(0, 20).join(' ')} `;
}

function undoneLine({ done, left }: EventData['operation-undone']): string {
  const said = done.map((one) => quoted(one, 300)).join('; ');
  const missing = left.map((one) => quoted(one, 300)).join('; ');
  return `${said === '' ? 'Nothing was rolled back' : `Rolled back: ${said}`}.${missing === '' ? '' : ` *NOT rolled back, check it by hand:* ${missing}.`}`;
}

function voteLine(data: EventData['vote'], operation: Operation, config: Config): string {
  const who = data.identity === null ? `<@${data.slackUser}>` : nameOf(config, data.identity);
  const what = `${data.choice}${data.step === undefined ? '' : ` "${stepTitle(data.step)}"`}`;
  const why = data.reason === undefined || data.reason === '' ? '' : `: ${quoted(data.reason, 400)}`;
  if (data.accepted && data.choice === 'extend') {
    const round = operation.rounds.find((r) => r.round === data.round);
    return `${who} *extended* round ${data.round} by ${EXTENSION_MINUTES} minutes; its deadline is now ${when(round?.deadline ?? '')}`;
  }
  return data.accepted
    ? `${who}: *${what}* (round ${data.round})${why}`
    : cut(`${who}: ${what} was not counted (${quoted(data.refusal ?? 'refused', 200)})${why}`, LIMITS.section);
}
