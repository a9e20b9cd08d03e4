/**
 * The closed list of refusals. Each has a sentence that says what happened and the next action.
 * `{...}` is filled in by the caller.
 */
const REASONS = {
  'unknown-command': ['`{word}` is not a command.{nearest}', 'Type `/dr help` for the list.'],
  'unknown-application': ['There is no application `{word}` in muster.yaml.', 'Choose one of: {known}.'],
  'application-missing': ['Which application?', 'Type `/dr {command} <application>`; configured: {known}.'],
  'too-many-words': ['`/dr {command}` does not take `{word}`.', 'Type `/dr help {command}` for its form.'],
  'operation-missing': ['Which operation?', 'Type `/dr {command} <operation>`; `/dr status` names the one in flight.'],
  'button-unknown': [
    'Muster cannot read this button or dialog; nothing was done.',
    'Use the newest message in the channel, or type `/dr status`.',
  ],
  'not-listed': [
    'You are not one of the people in muster.yaml; nothing was done.',
    'Ask one of: {approvers}. Without Slack: the runbook, section "Slack is down".',
  ],
  'not-an-approver': ['You are not an approver, so this does not count.', 'Ask one of: {approvers}.'],
  'wrong-team': [
    'This came from another Slack team or app than the configured one; nothing was done.',
    'If you did not expect this, tell your security team: it may be an attack.',
  ],
  'guest-or-bot': [
    'Guests, bots and deactivated accounts cannot do this ({why}); nothing was done.',
    'Ask one of: {approvers}.',
  ],
  'person-unverified': [
    'Slack did not confirm who you are ({why}); nothing was done.',
    'Try again in a minute; if Slack stays unreachable: the runbook, section "Slack is down".',
  ],
  'already-running': [
    '`{operation}` is already running for {application}, started by {who} at {since}.',
    'Follow it in the channel, or end it with `/dr abort {operation}`.',
  ],
  'already-promoted': [
    '{application} already runs in {region}: writer, capacity and traffic are there.',
    'Nothing is left to do. `/dr status {application}` shows it.',
  ],
  'database-unobservable': [
    'Muster cannot see the database from {region} ({why}), so it cannot plan safely.',
    'Try again; if it fails again, follow the runbook, section "promote-database".',
  ],
  'account-closed': [
    'Muster cannot access account {account}, where the application lives ({why}), so it cannot plan safely.',
    'Try again; if AWS denies access, deploy the stack {stack} with that account’s credentials, or fix externalId.',
  ],
  'database-not-ready': ['The database cannot be promoted now: {why}. Nothing was changed.', '{next}'],
  'standby-not-a-member': [
    'The standby cluster {cluster} in {region} is not a member of the global cluster {global}: {why}. AWS would refuse to move the writer there, so nothing was changed.',
    'Make it a secondary again, or correct database in muster.yaml. Was it detached in order to leave home? Go on by hand: the runbook, section "promote-database".',
  ],
  'patch-first': [
    'The engine versions differ ({versions}): AWS refuses a switchover and a failover then, and home is healthy, so nothing is forced.',
    'Patch both clusters to the same version first, then type `/dr promote {application}` again. Must home be left now? The runbook, section "promote-database".',
  ],
  'no-standby-instance': [
    'The standby cluster {cluster} has no instance: Aurora refuses to promote a headless cluster.',
    'Add an instance to it in {region}, then try again.',
  ],
  'method-not-possible': [
    'A {method} is not possible now: {why}.',
    'Choose another method in the dialog, or the proposed one.',
  ],
  'region-mismatch': ['You typed `{word}`.', 'Type the target region exactly: {region}.'],
  'reason-missing': ['A reason is needed; it goes into the record.', 'Write in a few words why.'],
  'draft-gone': [
    'This dialog is out of date ({why}); nothing was started.',
    'Close it and type `/dr {command} {application}` again.',
  ],
  'not-your-dialog': [
    'This plan was made for {who}, not for you; nothing was started.',
    'Type `/dr {command} {application}` for a plan of your own.',
  ],
  'dialog-not-opened': [
    'Slack could not open the dialog with the plan, so nothing was started.',
    'Type the command again; if Slack stays unreachable: the runbook, section "Slack is down".',
  ],
  'not-started': [
    'Muster could not start the operation ({why}); nothing in {application} was changed.',
    'Type the command again: it continues where this one stopped.',
  ],
  'requester-does-not-count': [
    'You requested this, so you cannot approve it as well.',
    'Another approver must press the button: {others}.',
  ],
  'already-voted': ['You already approved, at {at}.', 'Another approver must press the button: {others}.'],
  'already-decided': ['This is already {decision}, by {by} at {at}.', 'No action needed; follow the thread.'],
  'request-expired': ['This request expired at {at}.', 'Type `/dr {command} {application}` to ask again.'],
  'not-delivered': [
    'This was not carried out: {why}.',
    'Check `/dr status`, then send it again. If it fails again, work by hand: the runbook, section "Muster itself is dead".',
  ],
  'extended-enough': [
    'This request was extended by {minutes} minutes already; more is not possible.',
    'It must be decided by {at}. After that, `/dr {command}` asks again with a new plan.',
  ],
  'not-in-group': [
    'You are not in the Slack group {group}; only its members can approve.',
    'Ask a member, or get added to the group and press again.',
  ],
  'request-outdated': [
    'This button belongs to an earlier plan; the plan has changed since.',
    'Read the newest request in the channel and press its button.',
  ],
  'unknown-operation': ['There is no operation `{word}`.', '`/dr status` names the one in flight.'],
  'operation-over': ['`{operation}` is already over: {outcome}.', '`/dr status {application}` shows where things are.'],
  'past-no-return': [
    '`{operation}` can no longer be aborted: {what}, which is the point of no return.',
    'Let it continue. If a step is paused, decide with its buttons; the runbook has a section for each step.',
  ],
  'skip-not-allowed': ['`{step}` cannot be skipped: {why}.', 'Choose Retry or Abort.'],
  'nothing-to-decide': ['No step is waiting for a decision now.', '`/dr status {application}` shows its state.'],
} as const satisfies Record<string, readonly [string, string]>;

export type ReasonCode = keyof typeof REASONS;

/** A refusal: a value, not an exception. */
export interface Refusal {
  readonly code: ReasonCode;
  /** What happened and what it means. */
  readonly sentence: string;
  /** The next action. */
  readonly next: string;
}

export function refuse(code: ReasonCode, words: Readonly<Record<string, string>> = {}): Refusal {
  const fill = (pattern: string): string => pattern.replace(/\{(\w+)\}/g, (_, key: string) => words[key] ?? '');
  const [sentence, next] = REASONS[code];
  return { code, sentence: fill(sentence), next: fill(next) };
}

export const isRefusal = (value: object): value is Refusal => 'code' in value && 'sentence' in value;

/** One line for Slack or a terminal. */
export const sayRefusal = (refusal: Refusal): string => `${refusal.sentence} ${refusal.next}`;

export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
