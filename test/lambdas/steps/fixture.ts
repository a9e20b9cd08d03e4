import type { Change, EventData } from '../../../core/ledger.ts';
import type { Operation } from '../../../core/operation.ts';
import type { StepId } from '../../../core/operations/registry.ts';
import type { Failure } from '../../../lambdas/adapters/errors.ts';
import type { Decision, StepChange } from '../../../lambdas/runner/step.ts';
import { approvedOperation, later, planned, shop, timed } from '../../core/fixture.ts';

export const silent: Failure = { kind: 'silent', text: 'TimeoutError: no answer' };
export const throttled: Failure = { kind: 'throttled', text: 'ThrottlingException: Rate exceeded' };

export const ended = (
  step: StepId,
  seconds: number,
  outcome: EventData['step-done']['outcome'] = 'done',
  data?: unknown,
  detail = '',
) =>
  timed(
    {
      type: 'step-done',
      by: `step:${step}`,
      data: { step, outcome, detail, ...(data === undefined ? {} : { data }) },
    },
    seconds,
  );

export const acted = (step: StepId, action: string, seconds: number, change?: Change) =>
  timed(
    { type: 'step-acting', by: `step:${step}`, data: { step, action, ...(change === undefined ? {} : { change }) } },
    seconds,
  );

/** What a step has done already, as its next round finds it in the ledger. */
export const remembered = <A>(step: StepId, decision: Decision<A>, seconds: number) =>
  changesOf(decision).map((one) => acted(step, one.says, seconds, one.change));

export function changesOf<A>(decision: Decision<A>): readonly StepChange<A>[] {
  return decision.do === 'change' ? decision.changes : [];
}

export const says = <A>(decision: Decision<A>): readonly string[] => changesOf(decision).map((one) => one.says);

/** What a decision needs to know, `seconds` after the draft (the step began at second 100). */
export function contextOf(
  step: StepId,
  seconds: number,
  {
    events = [],
    from = planned(),
    app = shop(),
  }: {
    events?: Parameters<typeof approvedOperation>[0];
    from?: ReturnType<typeof planned>;
    app?: ReturnType<typeof shop>;
  } = {},
) {
  const operation: Operation = approvedOperation(events, from);
  return {
    app,
    operation,
    state: operation.steps.get(step),
    now_ms: Date.parse(later(seconds)),
    elapsed_s: seconds - 100,
  };
}
