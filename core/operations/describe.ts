import type { ApplicationConfig } from '../config/schema.ts';
import type { OperationKind } from '../kinds.ts';
import type { Plan } from '../plan.ts';
import type { StepDefinition, StepDescription } from '../steps/definition.ts';
import { type StepId, stepsOf } from './registry.ts';

export interface DescribedStep {
  readonly step: StepDefinition<StepId>;
  readonly does: StepDescription;
}

/** The steps of a kind that people follow, in order. */
export const shownSteps = (kind: OperationKind): readonly StepDefinition<StepId>[] =>
  stepsOf(kind).filter(({ isShown }) => isShown);

/** What each of them does for a plan: derived, so that what people approve is what runs. */
export const describeSteps = (plan: Plan, app: ApplicationConfig): readonly DescribedStep[] =>
  shownSteps(plan.kind).map((step) => ({ step, does: step.describe(plan, app) }));
