import * as v from 'valibot';
import { looks, type StepDefinition, USUAL } from './definition.ts';

/** `writtenAt`: when a write was first served through the new answer, UTC; null: not configured, or not served. */
export interface VerifiedData {
  readonly writtenAt: string | null;
  readonly checks: number;
}

export const verify: StepDefinition<'verify', VerifiedData> = {
  ...USUAL,
  id: 'verify',
  title: 'Verify from outside',
  comment: 'Asks the application from outside whether it serves and writes.',
  side: 'to',
  rights: ['see-capacity:to', 'see-alarms'],
  isUnapproved: true,
  data: v.object({ writtenAt: v.nullable(v.string()), checks: v.number() }),
  describe: (plan) => looks(plan.to, 'DNS and HTTPS requests from outside'),
};
