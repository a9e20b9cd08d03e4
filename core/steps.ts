/** Step ids in the order of the promote operation. One id is a file in `lambdas/steps/`, a Task state and a function. */
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
] as const;

/** Of the daily self-test: what it shares with every operation, and the look whether people can see it. */
export const SELF_TEST_STEPS = ['request-approval', 'read-approval', 'confirm', 'close'] as const;

export type StepId = (typeof PROMOTE_STEPS)[number] | (typeof SELF_TEST_STEPS)[number];

/** Every step of any operation, each once. */
export const STEPS: readonly StepId[] = [...new Set<StepId>([...PROMOTE_STEPS, ...SELF_TEST_STEPS])];

/** Steps that people follow; the others are how the operation asks and ends. */
export const SHOWN_STEPS: readonly StepId[] = PROMOTE_STEPS.filter(
  (id) => id !== 'request-approval' && id !== 'read-approval' && id !== 'close',
);

/** Steps that change nothing but the ledger, or may act before people have approved. */
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
