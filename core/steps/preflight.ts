import * as v from 'valibot';
import type { HomeLook } from '../loss.ts';
import { looks, type StepDefinition, USUAL } from './definition.ts';

export interface PreflightData {
  /** What home said in the look after the approval. */
  readonly home: HomeLook;
  /** From when on home was silent in both looks, UTC, ISO 8601; null: it was not. */
  readonly silentSince: string | null;
}

export const preflight: StepDefinition<'preflight', PreflightData> = {
  ...USUAL,
  id: 'preflight',
  title: 'Check that the plan still holds',
  comment: 'Observes again: is it still what people approved?',
  side: 'to',
  rights: ['see-capacity:from', 'see-capacity:to', 'see-database:from', 'see-database:to'],
  isUnapproved: true,
  neverSkipped: 'nothing may run that was not approved',
  data: v.object({ home: v.picklist(['silent', 'answered', 'not-asked']), silentSince: v.nullable(v.string()) }),
  describe: (plan) => looks(plan.to, 'only looks; asks again when the writer, the target or the loss bound changed'),
};
