import { gate, wait_s } from '../../core/gate.ts';
import type { Operation, StepState } from '../../core/operation.ts';
import type { StepId } from '../../core/operations/registry.ts';
import { planHash } from '../../core/plan.ts';
import type { StepInput, StepResult } from '../../core/protocol.ts';
import { assertNever } from '../../core/reasons.ts';
import type { StepDefinition } from '../../core/steps/definition.ts';
import { refusedAccess } from '../adapters/access.ts';
import { attemptsOf, failureOf } from '../adapters/errors.ts';
import { digest } from '../digest.ts';
import { again, append, DONE, finish, iso, load, noteOnce, pause, STOP } from './entries.ts';
import { carryOut } from './paused.ts';
import { askAgain, settleRound } from './round.ts';
import type { Decision, Step, StepChange, StepContext } from './step.ts';
import type { StepWorld } from './world.ts';

/** Seconds until a look that saw nothing is repeated; the SDK's own retries have backed off before. */
const BLIND_S = 2;
/** Every change of this round was accepted. */
const CHANGED: StepResult = { status: 'again', wait_s: 1 };

/** One round of a step: the ledger decides whether it may, the step decides what, and the ledger has it first. */
export async function runStep<Seen, Action, Data>(
  step: Step<Seen, Action, Data>,
  input: StepInput,
  world: StepWorld,
): Promise<StepResult> {
  const operation = await settleRound(world, await load(world, input.operation));
  const now_ms = world.now_ms();
  const verdict = gate(world.config, operation, step.definition.id, iso(now_ms));
  switch (verdict.go) {
    case 'done':
      return DONE;
    case 'stop':
      return STOP;
    case 'wait': {
      const pausedFor_s = secondsSince(operation.steps.get(step.definition.id)?.pause?.at, now_ms);
      return (await doneMeanwhile(step, input, world, operation, now_ms)) ?? again(wait_s(pausedFor_s));
    }
    case 'give-up':
    case 'resume':
      return carryOut(verdict, world, operation, step.definition.id);
    case 'run': {
      if (!isBound(step, operation)) return STOP;
      const result = await round(step, input, world, operation, now_ms);
      return result === CHANGED ? lookAgain(step, input, world) : result;
    }
    default:
      return assertNever(verdict);
  }
}

/** The plan must be the one whose hash was approved: an event that carries another plan runs nothing. */
const isBound = ({ definition }: { readonly definition: StepDefinition }, operation: Operation): boolean =>
  definition.isUnapproved || planHash(operation.plan, digest) === operation.planHash;

/** A paused step that looks on, and finds that what people are asked about has come right; undefined: it has not. */
async function doneMeanwhile<Seen, Action, Data>(
  step: Step<Seen, Action, Data>,
  input: StepInput,
  world: StepWorld,
  operation: Operation,
  now_ms: number,
): Promise<StepResult | undefined> {
  const app = world.config.applications[operation.application];
  if (step.looksWhilePaused !== true || app === undefined || !isBound(step, operation)) return undefined;
  const context = contextOf(step, input, world, operation, app, now_ms);
  try {
    const decision = await look(step, world, context);
    if (decision.do !== 'done') return undefined;
    return await finish(world, operation, step.definition.id, decision.outcome, decision.detail, decision.data);
  } catch {
    // People are asked already, and the next look is near.
    return undefined;
  }
}

/** What is seen that is news is in the ledger before anything is made of it. */
async function look<Seen, Action, Data>(
  step: Step<Seen, Action, Data>,
  world: StepWorld,
  context: StepContext,
): Promise<Decision<Action, Data>> {
  const seen = await step.observe(context);
  for (const event of step.news?.(seen, context) ?? []) await append(world, context.operation, event);
  return step.decide(seen, context);
}

function contextOf<Seen, Action, Data>(
  step: Step<Seen, Action, Data>,
  input: StepInput,
  world: StepWorld,
  operation: Operation,
  app: StepContext['app'],
  now_ms: number,
): StepContext {
  const state = operation.steps.get(step.definition.id);
  const elapsed_s = secondsSince(state?.resumedAt ?? state?.startedAt, now_ms);
  return { ...world, app, operation, now_ms, elapsed_s, state, token: input.token };
}

/** After an act that was accepted: reality often agrees at once, and a wait would only cost time. */
async function lookAgain<Seen, Action, Data>(
  step: Step<Seen, Action, Data>,
  input: StepInput,
  world: StepWorld,
): Promise<StepResult> {
  const operation = await load(world, input.operation);
  const now_ms = world.now_ms();
  return gate(world.config, operation, step.definition.id, iso(now_ms)).go === 'run'
    ? round(step, input, world, operation, now_ms)
    : CHANGED;
}

async function round<Seen, Action, Data>(
  step: Step<Seen, Action, Data>,
  input: StepInput,
  world: StepWorld,
  operation: Operation,
  now_ms: number,
): Promise<StepResult> {
  const app = world.config.applications[operation.application];
  if (app === undefined) throw new Error(`muster.yaml no longer has the application ${operation.application}`);
  const state = operation.steps.get(step.definition.id);
  if (state === undefined) {
    await append(world, operation, {
      type: 'step-started',
      by: `step:${step.definition.id}`,
      data: { step: step.definition.id, region: operation.plan[step.definition.side] },
    });
  }
  // The same rule that people have read in the plan.
  const does = step.definition.describe(operation.plan, app);
  if (!does.applies) return finish(world, operation, step.definition.id, 'not-needed', does.why);
  const context = contextOf(step, input, world, operation, app, now_ms);
  const { elapsed_s } = context;
  const atLimit = async (why: string): Promise<StepResult> =>
    step.atLimit === 'go-on'
      ? finish(world, operation, step.definition.id, 'unconfirmed', why)
      : pause(world, operation, step.definition.id, why, now_ms);
  const limit_s = step.limit_s(app, operation);
  let decision: Decision<Action>;
  try {
    decision = await look(step, world, context);
  } catch (error) {
    const failure = failureOf(error);
    const closed = closedFor(step, app);
    if (closed !== undefined) return atLimit(closed);
    if (elapsed_s >= limit_s) return atLimit(`still not seen after ${Math.round(elapsed_s)} s: ${failure.text}`);
    return again(wait_s(elapsed_s));
  }
  switch (decision.do) {
    case 'done':
      return finish(world, operation, step.definition.id, decision.outcome, decision.detail, decision.data);
    case 'wait': {
      const closed = closedFor(step, app);
      if (closed !== undefined) return atLimit(closed);
      return elapsed_s >= limit_s
        ? atLimit(`not done after ${Math.round(elapsed_s)} s: ${decision.why}`)
        : again(decision.blind === true ? BLIND_S : wait_s(elapsed_s));
    }
    case 'pause':
      if (decision.cancelled !== undefined) {
        await append(world, operation, {
          type: 'step-cancelled',
          by: `step:${step.definition.id}`,
          data: { step: step.definition.id, action: decision.cancelled, why: decision.why },
        });
      }
      return atLimit(decision.why);
    case 'ask':
      return askAgain(world, operation, step.definition.id, decision);
    case 'stop':
      return STOP;
    case 'change':
      if (elapsed_s >= limit_s && decision.changes.every((one) => wasTried(one, state))) {
        const tried = decision.changes.map((one) => one.says).join('; ');
        return atLimit(`not done after ${Math.round(elapsed_s)} s of trying: ${tried}`);
      }
      return performChanges(step, world, context, decision.changes, atLimit);
    default:
      return assertNever(decision);
  }
}

/**
 * Why AWS refuses access to the application's account: waiting does not change it. A best-effort step ends with what it
 * saw.
 */
const closedFor = <Seen, Action, Data>(
  step: Step<Seen, Action, Data>,
  { account }: StepContext['app'],
): string | undefined => (step.atLimit === 'pause' ? refusedAccess(account) : undefined);

const wasTried = <Action>(one: StepChange<Action>, state: StepState | undefined): boolean =>
  state?.acted.some((done) => done.action === one.says) === true;

async function performChanges<Seen, Action, Data>(
  step: Step<Seen, Action, Data>,
  world: StepWorld,
  context: StepContext,
  changes: readonly StepChange<Action>[],
  atLimit: (why: string) => Promise<StepResult>,
): Promise<StepResult> {
  const { operation } = context;
  for (const one of changes) {
    // Written before it is done; a second try of the same change needs no second entry.
    if (wasTried(one, context.state)) continue;
    await append(world, operation, {
      type: 'step-acting',
      by: `step:${step.definition.id}`,
      data: {
        step: step.definition.id,
        action: one.says,
        ...(one.change === undefined ? {} : { change: one.change }),
        ...(one.noReturn === true ? { noReturn: true } : {}),
      },
    });
  }
  // An abort and a change may cross: each writes first and reads afterwards, so at least one sees the other.
  const fresh = await load(world, operation.id);
  if (step.definition.id !== 'close' && (fresh.abort !== undefined || fresh.ended !== undefined)) return STOP;
  const results = await Promise.allSettled(changes.map((one) => step.perform(one.action, context)));
  for (const [index, result] of results.entries()) {
    const one = changes[index];
    if (one === undefined) continue;
    if (result.status === 'fulfilled') {
      if (one.noReturn === true) await accepted(world, operation, step.definition.id, one);
      continue;
    }
    const failure = failureOf(result.reason);
    if (failure.kind !== 'refused' || attemptsOf(result.reason) > 1) continue;
    const answer = step.refused?.(one.action, failure, context);
    if (answer?.do === 'retry') {
      // Its first try alone is known to have had no effect; a later one may follow a try that nobody answered.
      const refused = wasTried(one, context.state) ? undefined : one.says;
      await noteOnce(world, operation, step.definition.id, answer.why, refused);
      continue;
    }
    // Certain only of the first try: an earlier one may have had its effect, and that is why this one was refused.
    if (!wasTried(one, context.state) || answer?.certain === true) {
      await append(world, operation, {
        type: 'step-refused',
        by: `step:${step.definition.id}`,
        data: { step: step.definition.id, action: one.says, error: failure.text },
      });
    }
    if (answer?.do === 'ask') return askAgain(world, operation, step.definition.id, answer);
    return atLimit(answer?.why ?? `AWS refused to ${one.says}: ${failure.text}`);
  }
  if (results.every((result) => result.status === 'fulfilled')) return CHANGED;
  // Throttled, failing or silent: look again; the next round tries again if it is still needed.
  return again(context.elapsed_s < 2 ? 1 : wait_s(context.elapsed_s));
}

/** AWS's yes to what cannot be rolled back, once: what is undone by AWS later was not refused. */
const accepted = <Action>(
  world: StepWorld,
  operation: Operation,
  step: StepId,
  { says, change }: StepChange<Action>,
): Promise<void> =>
  append(world, operation, {
    type: 'step-accepted',
    by: `step:${step}`,
    data: { step, action: says, ...(change === undefined ? {} : { before: change.before }) },
  });

const secondsSince = (at: string | undefined, now_ms: number): number =>
  at === undefined ? 0 : Math.max(0, (now_ms - Date.parse(at)) / 1000);
