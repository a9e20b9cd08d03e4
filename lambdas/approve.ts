import { accountRefusal, type Ballot, identityOf, judgeBallot, quorum, ruleOf } from '../core/approvals.ts';
import { parseCommand } from '../core/commands.ts';
import type { Inbound, SubmissionAnswer } from '../core/inbound.ts';
import { kindOf, SELF_TEST } from '../core/kinds.ts';
import type { VoteChoice } from '../core/ledger.ts';
import { entities } from '../core/messages/block-kit.ts';
import { currentRound, foldOperation, type Operation } from '../core/operation.ts';
import { type Refusal, refuse, sayRefusal } from '../core/reasons.ts';
import { rulesOf, type SelfTestRequest } from '../core/self-test.ts';
import { setPurpose } from './adapters/clients.ts';
import { environment } from './adapters/environment.ts';
import { loadOperation } from './adapters/ledger.ts';
import { wake } from './adapters/machines.ts';
import type { SlackFailure } from './adapters/slack.ts';
import type { Payload } from './adapters/slack-payloads.ts';
import { config } from './config.ts';
import { type Door, groupRefusal, openDoor } from './door.ts';

/** A voice as it came in, before anybody judged it. */
interface Cast extends Ballot {
  readonly operation: string;
  /** Unique to the click: delivered twice it is one voice. */
  readonly click: string;
  readonly answerTo: string | undefined;
}

/** The only function that may write votes: judges a voice against the ledger and writes it down, refused ones too. */
export async function handler(inbound: Inbound): Promise<SubmissionAnswer> {
  setPurpose('approve');
  const { door, payload, selfTest } = await openDoor(config, environment(), inbound.signed, Date.now());
  const cast = castOf(payload);
  const verify = selfTest === undefined ? verifyAccount : verifyLookUp;
  const refusal =
    cast === undefined
      ? refuse('button-unknown')
      : isOthers(cast.operation, selfTest)
        ? refuse('unknown-operation', { word: cast.operation.slice(0, 60) })
        : await vote(door, cast, verify);
  if (refusal === undefined) return null;
  if (selfTest !== undefined) {
    console.error(`the self-test's voice was refused: ${refusal.sentence}`);
    return null;
  }
  if (payload.kind === 'submission') {
    return { response_action: 'errors', errors: { reason: sayRefusal(refusal) } };
  }
  await tell(door, payload, entities(sayRefusal(refusal)));
  return null;
}

/** A self-test is nobody's operation but its own: to people it is not there. */
const isOthers = (operation: string, selfTest: SelfTestRequest | undefined): boolean =>
  selfTest === undefined && kindOf(operation) === SELF_TEST;

/** A button, a reason dialog or `/dr abort` -> the voice in it; undefined: there is none. */
function castOf(payload: Payload): Cast | undefined {
  switch (payload.kind) {
    case 'command': {
      const parsed = parseCommand(payload.text, Object.keys(config.applications));
      if (!parsed.ok || parsed.command.name !== 'abort') return undefined;
      const { operation } = parsed.command;
      const reason = `typed by ${payload.user}`;
      return {
        operation,
        slackUser: payload.user,
        choice: 'abort',
        round: 0,
        step: undefined,
        reason,
        click: payload.triggerId,
        answerTo: payload.responseUrl,
      };
    }
    case 'action': {
      const choice = choiceOf(payload.actionId);
      if (choice === undefined || payload.ids === undefined) return undefined;
      const { operation, round, step } = payload.ids;
      return {
        operation,
        slackUser: payload.user,
        choice,
        round: round ?? 0,
        step,
        reason: undefined,
        click: payload.click,
        answerTo: payload.responseUrl,
      };
    }
    case 'submission': {
      const { ids } = payload;
      const choice = ids?.kind;
      if (ids === undefined || choice === undefined) return undefined;
      const reason = (payload.values['reason'] ?? '').trim();
      return {
        operation: ids.operation,
        slackUser: payload.user,
        choice,
        round: ids.round ?? 0,
        step: ids.step,
        reason,
        click: payload.viewId,
        answerTo: undefined,
      };
    }
  }
}

const CHOICES: readonly VoteChoice[] = ['approve', 'retry', 'extend'];
const choiceOf = (actionId: string): VoteChoice | undefined => CHOICES.find((choice) => choice === actionId);

/** Answers the refusal; undefined: the voice is in. */
async function vote(door: Door, cast: Cast, verify: typeof verifyAccount): Promise<Refusal | undefined> {
  if (cast.reason === '') return refuse('reason-missing');
  const known = await loadOperation(door.ledger, cast.operation);
  if (known === undefined) return refuse('unknown-operation', { word: cast.operation.slice(0, 60) });
  const unverified = await verify(door, cast);
  let refusal: Refusal | undefined;
  await door.ledger.append(door.ledger.vote(cast.operation), async (votes) => {
    refusal = undefined;
    if (votes.some((r) => r.event.type === 'vote' && r.event.data.click === cast.click)) return undefined;
    const events = await door.ledger.read(door.ledger.op(cast.operation));
    const operation = foldOperation(
      cast.operation,
      events.map((r) => r.event),
      votes.map((r) => r.event),
    );
    if (operation === undefined) return undefined;
    const judged = judge(operation, cast, unverified);
    refusal = judged.refusal;
    return {
      type: 'vote',
      by: judged.identity ?? cast.slackUser,
      data: {
        round: cast.round,
        planHash: operation.rounds.find((r) => r.round === cast.round)?.planHash ?? operation.planHash,
        identity: judged.identity,
        slackUser: cast.slackUser,
        choice: cast.choice,
        ...(cast.step === undefined ? {} : { step: cast.step }),
        ...(cast.reason === undefined ? {} : { reason: cast.reason }),
        accepted: judged.refusal === undefined,
        ...(judged.refusal === undefined ? {} : { refusal: judged.refusal.code }),
        click: cast.click,
      },
    };
  });
  if (refusal === undefined) await wakeIfDecided(door, cast.operation);
  return refusal;
}

function judge(
  operation: Operation,
  cast: Cast,
  unverified: Refusal | undefined,
): { readonly identity: string | null; readonly refusal: Refusal | undefined } {
  const rules = rulesOf(config, operation.id);
  if (unverified !== undefined) {
    return { identity: identityOf(rules, cast.slackUser)?.id ?? null, refusal: unverified };
  }
  const judged = judgeBallot(rules, ruleOf(rules, operation), operation, cast, new Date().toISOString());
  return { identity: judged.identity?.id ?? null, refusal: judged.accepted ? undefined : judged.refusal };
}

/** Asked of Slack anew for every voice. It fails closed, and the refusal says what else there is. */
async function verifyAccount(door: Door, cast: Cast): Promise<Refusal | undefined> {
  const account = await door.slack.usersInfo(cast.slackUser);
  return account.ok
    ? (accountRefusal(config, account.value) ?? groupRefusal(door, cast.slackUser))
    : notLookedUp(account.failure);
}

/** Slack knows no account of the self-test's actor: an approver's is looked up instead, so that look-ups are tested too. */
async function verifyLookUp(door: Door): Promise<Refusal | undefined> {
  const approver = Object.values(config.people).find((person) => person.approver);
  const account = await door.slack.usersInfo(approver?.slack[0] ?? '');
  return account.ok ? undefined : notLookedUp(account.failure);
}

const notLookedUp = (failure: SlackFailure): Refusal =>
  refuse('person-unverified', {
    why: failure.kind === 'rate-limited' ? 'Slack limits the rate of look-ups' : failure.why,
  });

/** The voice that decides wakes the state machine; should this function die here, the state looks by itself within 30 s. */
async function wakeIfDecided(door: Door, id: string): Promise<void> {
  const operation = await loadOperation(door.ledger, id);
  const round = operation === undefined ? undefined : currentRound(operation);
  if (operation === undefined || round?.token === undefined) return;
  const rules = rulesOf(config, id);
  const state = quorum(rules, ruleOf(rules, operation), operation, round, new Date().toISOString());
  if (state.state !== 'pending') await wake(door.environment, round.token);
}

async function tell(door: Door, payload: Exclude<Payload, { kind: 'submission' }>, text: string): Promise<void> {
  const { responseUrl } = payload;
  const told = responseUrl === undefined ? { ok: false } : await door.slack.respond(responseUrl, text);
  if (!told.ok) await door.slack.postEphemeral(payload.channel, payload.user, text);
}
