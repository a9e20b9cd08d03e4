import type { Config } from './config/schema.ts';
import { kindOf, SELF_TEST } from './kinds.ts';
import type { Plan, PlanFacts } from './plan.ts';

/**
 * The daily self-test: an operation that changes nothing and takes the same way as a promote. A request through the function
 * URL, the ledger, a state machine, an approval, a message in Slack. It has rules of its own: no application,
 * and one approval, by an actor whom no other operation knows.
 */
/** The actor's account. No account of Slack's is called so: theirs are capitals and digits. */
export const SELF_TEST_USER = 'self-test';

/** Longer than this without a success, and people are told (infra/stacks/alarms.ts). */
export const SELF_TEST_SILENT_HOURS = 26;

/**
 * How long its approval may take, in two rounds, and then its message: Slack may be unreachable for some minutes without
 * anybody being told.
 */
export const SELF_TEST_PATIENCE_S = 6 * 60;

/**
 * The rules of an operation. Those of the self-test know no application and no person: whatever step is
 * called with them finds nothing to change, and no approval but the actor's counts.
 */
export function rulesOf(config: Config, operation: string): Config {
  if (kindOf(operation) !== SELF_TEST) return config;
  const { selfTestChannel = config.slack.channel, ...slack } = config.slack;
  return {
    version: config.version,
    slack: { ...slack, channel: selfTestChannel, approverGroup: undefined },
    people: { [SELF_TEST]: { name: 'Self-test', slack: [SELF_TEST_USER], approver: true } },
    approvals: {
      ...config.approvals,
      [SELF_TEST]: {
        people: 1,
        // The request is made by the same actor: it must be the vote that decides.
        requesterCounts: false,
        expires_minutes: SELF_TEST_PATIENCE_S / 60 / 2,
        page_minutes: [],
      },
    },
    applications: {},
  };
}

/** A plan in which nothing moves. */
export function selfTestPlan(region: string): { readonly plan: Plan; readonly facts: PlanFacts } {
  return {
    plan: {
      version: 1,
      kind: SELF_TEST,
      application: SELF_TEST,
      from: region,
      to: region,
      database: { method: 'none' },
      forced: false,
      capacity: [],
      traffic: { strategy: 'none', record: '', target: '' },
      maxLoss_s: 0,
    },
    facts: {
      observedAt: '',
      verdict: 'healthy',
      why: 'Nothing is moved.',
      lag: { known: false, why: 'there is no database' },
      expectedLoss_s: { known: true, value: 0 },
      writesAcross: null,
      expectedDowntime_s: [0, 0],
      notices: [],
    },
  };
}

/** What a request that is signed with the self-test's key may ask for, and nothing else. */
export type SelfTestRequest =
  | { readonly ask: 'start'; readonly triggerId: string }
  | { readonly ask: 'approve'; readonly operation: string };

/** `typed`: the words after the command; `pressed`: a button's action and the operation in its value. */
export function selfTestRequest(
  user: string,
  sent:
    | { readonly typed: string; readonly triggerId: string }
    | { readonly pressed: string; readonly operation: string },
): SelfTestRequest | undefined {
  if (user !== SELF_TEST_USER) return undefined;
  if ('typed' in sent) return sent.typed === SELF_TEST ? { ask: 'start', triggerId: sent.triggerId } : undefined;
  const { pressed, operation } = sent;
  return pressed === 'approve' && kindOf(operation) === SELF_TEST ? { ask: 'approve', operation } : undefined;
}
