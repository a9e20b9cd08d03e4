import { accountRefusal, identityOf, judgeVote, quorum, ruleOf, type VoteRequest } from '../core/approvals.ts';
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
import type { SlackPayload } from './adapters/slack-payloads.ts';
import { config } from './config.ts';
import { groupRefusal, openRequest, type RequestContext } from './context.ts';

/** A vote as it came in, before anybody judged it. */
interface IncomingVote extends VoteRequest {
  readonly operation: string;
  /** Unique to the click: delivered twice it is one vote. */
  readonly click: string;
  readonly answerTo: string | undefined;
}

/** The only function that may write votes: judges a vote against the ledger and writes it down, refused ones too. */
export async function handler(inbound: Inbound): Promise<SubmissionAnswer> {
  setPurpose('approve');
  const { context, payload, selfTest } = await openRequest(config, environment(), inbound.signed, Date.now());
  const incoming = voteIn(payload);
  const verify = selfTest === undefined ? verifyAccount : verifyLookUp;
  const refusal =
    incoming === undefined
      ? refuse('button-unknown')
      : isOthers(incoming.operation, selfTest)
        ? refuse('unknown-operation', { word: incoming.operation.slice(0, 60) })
        : await vote(context, incoming, verify);
  if (refusal === undefined) return null;
  if (selfTest !== undefined) {
    console.error(`the self-test's vote was refused: ${refusal.sentence}`);
    return null;
  }
  if (payload.kind === 'submission') {
    return { response_action: 'errors', errors: { reason: sayRefusal(refusal) } };
  }
  await tell(context, payload, entities(sayRefusal(refusal)));
  return null;
}

/** People cannot vote on a self-test: for them it does not exist. */
const isOthers = (operation: string, selfTest: SelfTestRequest | undefined): boolean =>
  selfTest === undefined && kindOf(operation) === SELF_TEST;

/** A button, a reason dialog or a command that is a vote -> the vote in it; undefined: there is none. */
function voteIn(payload: SlackPayload): IncomingVote | undefined {
  switch (payload.kind) {
    case 'command': {
      const parsed = parseCommand(payload.text, Object.keys(config.applications));
      if (!parsed.ok || parsed.spec.vote === undefined || !('operation' in parsed.command)) return undefined;
      const { operation } = parsed.command;
      const reason = `typed by ${payload.user}`;
      return {
        operation,
        slackUser: payload.user,
        choice: parsed.spec.vote,
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

/** Answers the refusal; undefined: the vote is in. */
async function vote(
  context: RequestContext,
  incoming: IncomingVote,
  verify: typeof verifyAccount,
): Promise<Refusal | undefined> {
  if (incoming.reason === '') return refuse('reason-missing');
  const known = await loadOperation(context.ledger, incoming.operation);
  if (known === undefined) return refuse('unknown-operation', { word: incoming.operation.slice(0, 60) });
  const unverified = await verify(context, incoming);
  let refusal: Refusal | undefined;
  await context.ledger.append(context.ledger.vote(incoming.operation), async (votes) => {
    refusal = undefined;
    if (votes.some((r) => r.event.type === 'vote' && r.event.data.click === incoming.click)) return undefined;
    const events = await context.ledger.read(context.ledger.op(incoming.operation));
    const operation = foldOperation(
      incoming.operation,
      events.map((r) => r.event),
      votes.map((r) => r.event),
    );
    if (operation === undefined) return undefined;
    const judged = judge(operation, incoming, unverified);
    refusal = judged.refusal;
    return {
      type: 'vote',
      by: judged.identity ?? incoming.slackUser,
      data: {
        round: incoming.round,
        planHash: operation.rounds.find((r) => r.round === incoming.round)?.planHash ?? operation.planHash,
        identity: judged.identity,
        slackUser: incoming.slackUser,
        choice: incoming.choice,
        ...(incoming.step === undefined ? {} : { step: incoming.step }),
        ...(incoming.reason === undefined ? {} : { reason: incoming.reason }),
        accepted: judged.refusal === undefined,
        ...(judged.refusal === undefined ? {} : { refusal: judged.refusal.code }),
        click: incoming.click,
      },
    };
  });
  if (refusal === undefined) await wakeIfDecided(context, incoming.operation);
  return refusal;
}

function judge(
  operation: Operation,
  incoming: IncomingVote,
  unverified: Refusal | undefined,
): { readonly identity: string | null; readonly refusal: Refusal | undefined } {
  const rules = rulesOf(config, operation.id);
  if (unverified !== undefined) {
    return { identity: identityOf(rules, incoming.slackUser)?.id ?? null, refusal: unverified };
  }
  const judged = judgeVote(rules, ruleOf(rules, operation), operation, incoming, new Date().toISOString());
  return { identity: judged.identity?.id ?? null, refusal: judged.accepted ? undefined : judged.refusal };
}

/** Asked of Slack again for every vote. It fails closed, and the refusal says what else can be done. */
async function verifyAccount(context: RequestContext, incoming: IncomingVote): Promise<Refusal | undefined> {
  const account = await context.slack.usersInfo(incoming.slackUser);
  return account.ok
    ? (accountRefusal(config, account.value) ?? groupRefusal(context, incoming.slackUser))
    : notLookedUp(account.failure);
}

/** Slack knows no account of the self-test's actor: an approver's is looked up instead, so that look-ups are tested too. */
async function verifyLookUp(context: RequestContext): Promise<Refusal | undefined> {
  const approver = Object.values(config.people).find((person) => person.approver);
  const account = await context.slack.usersInfo(approver?.slack[0] ?? '');
  return account.ok ? undefined : notLookedUp(account.failure);
}

const notLookedUp = (failure: SlackFailure): Refusal =>
  refuse('person-unverified', {
    why: failure.kind === 'rate-limited' ? 'Slack limits the rate of look-ups' : failure.why,
  });

/** The vote that decides wakes the state machine; should this function die here, the state looks by itself within 30 s. */
async function wakeIfDecided(context: RequestContext, id: string): Promise<void> {
  const operation = await loadOperation(context.ledger, id);
  const round = operation === undefined ? undefined : currentRound(operation);
  if (operation === undefined || round?.token === undefined) return;
  const rules = rulesOf(config, id);
  const state = quorum(rules, ruleOf(rules, operation), operation, round, new Date().toISOString());
  if (state.state !== 'pending') await wake(context.environment, round.token);
}

async function tell(
  context: RequestContext,
  payload: Exclude<SlackPayload, { kind: 'submission' }>,
  text: string,
): Promise<void> {
  const { responseUrl } = payload;
  const told = responseUrl === undefined ? { ok: false } : await context.slack.respond(responseUrl, text);
  if (!told.ok) await context.slack.postEphemeral(payload.channel, payload.user, text);
}
