import { createHash } from 'node:crypto';
import { quorum, ruleOf } from '../../core/approvals.ts';
import type { Config } from '../../core/config/schema.ts';
import { type Gate, gate, wait_s } from '../../core/gate.ts';
import type { NewEvent } from '../../core/ledger.ts';
import { currentRound, type Operation, type StepState } from '../../core/operation.ts';
import { planHash } from '../../core/plan.ts';
import type { StepInput, StepResult } from '../../core/protocol.ts';
import { assertNever } from '../../core/reasons.ts';
import { type StepId, UNAPPROVED_STEPS } from '../../core/steps.ts';
import { refusedAccess } from '../adapters/access.ts';
import type { Environment } from '../adapters/environment.ts';
import { attemptsOf, failureOf } from '../adapters/errors.ts';
import { type Ledger, loadOperation } from '../adapters/ledger.ts';
import type { Act, Decision, Step, StepContext } from './step.ts';

export interface StepWorld {
  readonly config: Config;
  readonly environment: Environment;
  readonly ledger: Ledger;
  readonly now_ms: () => number;
}

/** How long a paused step waits for people before the operation ends as failed. */
const PAUSE_S = 4 * 3600;
/** Seconds until a look that saw nothing is repeated; the SDK's own retries have backed off before. */
const BLIND_S = 2;
/** People are asked again at most twice. */
const MOST_ROUNDS = 3;

const again = (seconds: number): StepResult => ({ status: 'again', wait_s: seconds });
const DONE: StepResult = { status: 'done', wait_s: 1 };
const STOP: StepResult = { status: 'stop', wait_s: 1 };
/** Every act of this round was accepted. */
const ACTED: StepResult = { status: 'again', wait_s: 1 };

/** One round of a step: the ledger decides whether it may, the step decides what, and the ledger has it first. */
export async function runStep<Seen, Action>(
  step: Step<Seen, Action>,
  input: StepInput,
  world: StepWorld,
): Promise<StepResult> {
  const operation = await settleRound(world, await load(world, input.operation));
  const now_ms = world.now_ms();
  const verdict = gate(world.config, operation, step.id, iso(now_ms));
  switch (verdict.go) {
    case 'done':
      return DONE;
    case 'stop':
      return STOP;
    case 'wait':
      return again(wait_s(secondsSince(operation.steps.get(step.id)?.pause?.at, now_ms)));
    case 'give-up':
    case 'resume':
      return carryOut(verdict, world, operation, step.id);
    case 'run': {
      if (!isBound(step.id, operation)) return STOP;
      const result = await round(step, input, world, operation, now_ms);
      return result === ACTED ? lookAgain(step, input, world) : result;
    }
    default:
      return assertNever(verdict);
  }
}

/** The plan's words must be those that were hashed and approved: an event that carries another plan runs nothing. */
const isBound = (step: StepId, operation: Operation): boolean =>
  UNAPPROVED_STEPS.includes(step) || planHash(operation.plan, digest) === operation.planHash;

/** What people said of a paused step (or that nobody said anything), put into the ledger. */
export async function carryOut(
  verdict: Extract<Gate, { go: 'resume' | 'give-up' }>,
  world: StepWorld,
  operation: Operation,
  step: StepId,
): Promise<StepResult> {
  if (verdict.go === 'give-up') {
    return finish(world, operation, step, 'failed', 'nobody decided how to go on in time');
  }
  const { choice, voice } = verdict;
  await append(world, operation, {
    type: 'step-resumed',
    by: voice.identity,
    data: { step, choice, by: voice.identity },
  });
  return choice === 'skip'
    ? finish(world, operation, step, 'skipped', `skipped by ${voice.identity}: ${voice.reason ?? ''}`)
    : again(1);
}

/** After an act that was accepted: reality often agrees at once, and a wait would only cost time. */
async function lookAgain<Seen, Action>(
  step: Step<Seen, Action>,
  input: StepInput,
  world: StepWorld,
): Promise<StepResult> {
  const operation = await load(world, input.operation);
  const now_ms = world.now_ms();
  return gate(world.config, operation, step.id, iso(now_ms)).go === 'run'
    ? round(step, input, world, operation, now_ms)
    : ACTED;
}

async function round<Seen, Action>(
  step: Step<Seen, Action>,
  input: StepInput,
  world: StepWorld,
  operation: Operation,
  now_ms: number,
): Promise<StepResult> {
  const app = world.config.applications[operation.application];
  if (app === undefined) throw new Error(`muster.yaml no longer has the application ${operation.application}`);
  const state = operation.steps.get(step.id);
  if (state === undefined) {
    await append(world, operation, {
      type: 'step-started',
      by: `step:${step.id}`,
      data: { step: step.id, region: step.region(operation) },
    });
  }
  const elapsed_s = secondsSince(state?.resumedAt ?? state?.startedAt, now_ms);
  const context: StepContext = { ...world, app, operation, now_ms, elapsed_s, state, token: input.token };
  const atLimit = async (why: string): Promise<StepResult> =>
    step.atLimit === 'go-on'
      ? finish(world, operation, step.id, 'unconfirmed', why)
      : pause(world, operation, step.id, why, now_ms);
  const limit_s = step.limit_s(app, operation);
  let decision: Decision<Action>;
  try {
    decision = step.decide(await step.observe(context), context);
  } catch (error) {
    const failure = failureOf(error);
    const closed = closedFor(step, app);
    if (closed !== undefined) return atLimit(closed);
    if (elapsed_s >= limit_s) return atLimit(`still not seen after ${Math.round(elapsed_s)} s: ${failure.text}`);
    return again(wait_s(elapsed_s));
  }
  switch (decision.do) {
    case 'done':
      return finish(world, operation, step.id, decision.outcome, decision.detail, decision.data);
    case 'wait': {
      const closed = closedFor(step, app);
      if (closed !== undefined) return atLimit(closed);
      return elapsed_s >= limit_s
        ? atLimit(`not done after ${Math.round(elapsed_s)} s: ${decision.why}`)
        : again(decision.blind === true ? BLIND_S : wait_s(elapsed_s));
    }
    case 'pause':
      return atLimit(decision.why);
    case 'ask':
      return askAgain(world, operation, step.id, decision);
    case 'stop':
      return STOP;
    case 'act':
      if (elapsed_s >= limit_s && decision.acts.every((one) => wasTried(one, state))) {
        const tried = decision.acts.map((one) => one.says).join('; ');
        return atLimit(`not done after ${Math.round(elapsed_s)} s, tried again and again: ${tried}`);
      }
      return act(step, world, context, decision.acts, atLimit);
    default:
      return assertNever(decision);
  }
}

/** AWS's no to the application's account: waiting does not change it. What is best effort says what it saw. */
const closedFor = <Seen, Action>(step: Step<Seen, Action>, { account }: StepContext['app']): string | undefined =>
  step.atLimit === 'pause' ? refusedAccess(account) : undefined;

const wasTried = <Action>(one: Act<Action>, state: StepState | undefined): boolean =>
  state?.acted.some((done) => done.action === one.says) === true;

async function act<Seen, Action>(
  step: Step<Seen, Action>,
  world: StepWorld,
  context: StepContext,
  acts: readonly Act<Action>[],
  atLimit: (why: string) => Promise<StepResult>,
): Promise<StepResult> {
  const { operation } = context;
  for (const one of acts) {
    // Said before it is done; a second try of the same act needs no second entry.
    if (wasTried(one, context.state)) continue;
    await append(world, operation, {
      type: 'step-acting',
      by: `step:${step.id}`,
      data: {
        step: step.id,
        action: one.says,
        ...(one.change === undefined ? {} : { change: one.change }),
        ...(one.noReturn === true ? { noReturn: true } : {}),
      },
    });
  }
  // An abort and an act may cross: each writes first and reads afterwards, so at least one sees the other.
  const fresh = await load(world, operation.id);
  if (step.id !== 'close' && (fresh.abort !== undefined || fresh.ended !== undefined)) return STOP;
  const results = await Promise.allSettled(acts.map((one) => step.perform(one.action, context)));
  for (const [index, result] of results.entries()) {
    const one = acts[index];
    if (one === undefined || result.status === 'fulfilled') continue;
    const failure = failureOf(result.reason);
    if (failure.kind !== 'refused' || attemptsOf(result.reason) > 1) continue;
    const why = step.triesAgain?.(one.action, failure, context);
    if (why !== undefined) {
      await noteOnce(world, operation, step.id, why);
      continue;
    }
    // Certain only of the first try: an earlier one may have had its effect, and that is why this one was refused.
    if (!wasTried(one, context.state)) {
      await append(world, operation, {
        type: 'step-refused',
        by: `step:${step.id}`,
        data: { step: step.id, action: one.says, error: failure.text },
      });
    }
    return atLimit(`AWS refused to ${one.says}: ${failure.text}`);
  }
  if (results.every((result) => result.status === 'fulfilled')) return ACTED;
  // Throttled, failing or silent: look again; the next round acts again if reality still does not agree.
  return again(context.elapsed_s < 2 ? 1 : wait_s(context.elapsed_s));
}

async function noteOnce(world: StepWorld, operation: Operation, step: StepId, note: string): Promise<void> {
  if (operation.notes.some((known) => known.step === step && known.note === note)) return;
  await append(world, operation, { type: 'step-noted', by: `step:${step}`, data: { step, note } });
}

async function askAgain(
  world: StepWorld,
  operation: Operation,
  id: StepId,
  ask: { readonly why: string; readonly plan: Operation['plan']; readonly facts: Operation['facts'] },
): Promise<StepResult> {
  const next = (currentRound(operation)?.round ?? 0) + 1;
  if (next > MOST_ROUNDS) {
    return finish(
      world,
      operation,
      id,
      'failed',
      `the plan changed a third time (${ask.why}): start anew with a fresh look`,
    );
  }
  const hash = planHash(ask.plan, digest);
  const deadline = iso(world.now_ms() + ruleOf(world.config, operation).expires_minutes * 60_000);
  await append(world, operation, {
    type: 'approval-asked',
    by: `step:${id}`,
    data: { round: next, planHash: hash, deadline, why: ask.why, plan: ask.plan, facts: ask.facts },
  });
  return id === 'preflight' ? { status: 'ask', wait_s: 1 } : again(2);
}

/** Writes down what the votes say of the round that people are asked in, once. */
export async function settleRound(world: StepWorld, operation: Operation): Promise<Operation> {
  const asked = currentRound(operation);
  if (asked === undefined || asked.decision !== undefined || operation.ended !== undefined) return operation;
  const state = quorum(world.config, ruleOf(world.config, operation), operation, asked, iso(world.now_ms()));
  if (state.state === 'pending' || state.state === 'aborted') return operation;
  await world.ledger.append(world.ledger.op(operation.id), (records) =>
    records.some((r) => r.event.type === 'approval-decided' && r.event.data.round === asked.round)
      ? undefined
      : {
          type: 'approval-decided',
          by: 'muster',
          data: { round: asked.round, decision: state.state, by: state.state === 'expired' ? [] : state.by },
        },
  );
  return load(world, operation.id);
}

async function finish(
  world: StepWorld,
  operation: Operation,
  step: StepId,
  outcome: 'done' | 'adopted' | 'skipped' | 'not-needed' | 'unconfirmed' | 'failed',
  detail: string,
  data?: unknown,
): Promise<StepResult> {
  await world.ledger.append(world.ledger.op(operation.id), (records) =>
    records.some((r) => r.event.type === 'step-done' && r.event.data.step === step)
      ? undefined
      : {
          type: 'step-done',
          by: `step:${step}`,
          data: { step, outcome, detail, ...(data === undefined ? {} : { data }) },
        },
  );
  return outcome === 'failed' ? STOP : DONE;
}

export async function pause(
  world: StepWorld,
  operation: Operation,
  step: StepId,
  why: string,
  now_ms: number,
): Promise<StepResult> {
  await append(world, operation, {
    type: 'step-paused',
    by: `step:${step}`,
    data: { step, why, deadline: iso(now_ms + PAUSE_S * 1000) },
  });
  return again(2);
}

const append = async (world: StepWorld, operation: Operation, event: NewEvent): Promise<void> => {
  await world.ledger.append(world.ledger.op(operation.id), () => event);
};

async function load(world: StepWorld, id: string): Promise<Operation> {
  const operation = await loadOperation(world.ledger, id);
  if (operation === undefined) throw new Error(`the ledger knows no operation ${id}`);
  return operation;
}

export const digest = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
const iso = (ms: number): string => new Date(ms).toISOString();
const secondsSince = (at: string | undefined, now_ms: number): number =>
  at === undefined ? 0 : Math.max(0, (now_ms - Date.parse(at)) / 1000);
