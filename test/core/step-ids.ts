import type { StepId } from '../../core/operations/registry.ts';

/** Written out, not derived: what safety hangs on is pinned here, and a change of it is seen. */
export const PROMOTE_STEPS = [
  'prewarm',
  'request-approval',
  'read-approval',
  'preflight',
  'fence-home',
  'promote-database',
  'scale-out',
  'switch-workers',
  'restart-tasks',
  'switch-listener',
  'switch-traffic',
  'verify',
  'scale-in-home',
  'report',
  'close',
] as const satisfies readonly StepId[];

export const SELF_TEST_STEPS = [
  'request-approval',
  'read-approval',
  'confirm',
  'close',
] as const satisfies readonly StepId[];

export const ALL_STEPS: readonly StepId[] = [...new Set<StepId>([...PROMOTE_STEPS, ...SELF_TEST_STEPS])];

/** They change nothing but the ledger, or may make changes before people have approved. */
export const UNAPPROVED_STEPS: readonly StepId[] = [
  'prewarm',
  'request-approval',
  'read-approval',
  'preflight',
  'verify',
  'report',
  'confirm',
  'close',
];

/** Those that people follow. */
export const SHOWN_STEPS: readonly StepId[] = PROMOTE_STEPS.filter(
  (id) => id !== 'request-approval' && id !== 'read-approval' && id !== 'close',
);
