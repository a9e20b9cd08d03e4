import { SELF_TEST } from '../kinds.ts';
import { close } from '../steps/close.ts';
import { confirm } from '../steps/confirm.ts';
import { readApproval } from '../steps/read-approval.ts';
import { requestApproval } from '../steps/request-approval.ts';
import { operation } from './definition.ts';
import { approval, step } from './flow.ts';

/** The daily self-test: what every operation has in common, and no step that changes anything. Its rules are in core/self-test.ts. */
export const selfTest = operation({
  kind: SELF_TEST,
  comment: 'Takes the way of an operation every day and changes nothing. Compiled from core/operations/self-test.ts.',
  // Beyond the patience of its parts (core/self-test.ts); then its lock is released.
  timeout_s: 30 * 60,
  flow: [approval(requestApproval, readApproval), step(confirm)],
  close,
  moves: { from: 'home', to: 'standby' },
  title: 'self-test',
  // A thread every day would be read by nobody.
  messages: 'one-line',
  command: () => undefined,
});
