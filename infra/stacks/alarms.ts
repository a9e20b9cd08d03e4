import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { FUNCTIONS } from '../../core/functions.ts';
import { SELF_TEST_SILENT_HOURS } from '../../core/self-test.ts';
import { type Alarms, lambdaMetric } from '../constructs/alarms.ts';
import type { MusterMachine } from '../constructs/machine.ts';
import type { DeploymentTarget } from '../deployment-target.ts';
import { STREAM_READERS } from '../grants.ts';

/** Functions that people or Lambda itself call, many at once; a throttled step is tried again by its state machine. */
const MUST_NOT_THROTTLE = ['slack', 'command', 'approve'];
/** The reconciler runs every minute; metrics arrive a minute or two late. */
const SILENT_MINUTES = 10;
const STREAM_BEHIND_MS = 5 * 60_000;

/** What is watched, so that a Muster that does not work is noticed before it is needed. */
export function watch(alarms: Alarms, { deployment, dropped, machines }: Watched): void {
  const names = FUNCTIONS.map((spec) => spec.name);
  for (const name of names) {
    alarms.add({
      kind: 'errors',
      of: name,
      says: `${name} failed.`,
      metric: lambdaMetric(deployment, name, 'Errors'),
      // Single failures of steps are retried, and best-effort calls to a lost region are none.
      threshold: name.startsWith('step-') ? 3 : 1,
    });
  }
  for (const name of MUST_NOT_THROTTLE) {
    alarms.add({
      kind: 'throttles',
      of: name,
      says: `${name} was throttled: the account's concurrency is used up.`,
      metric: lambdaMetric(deployment, name, 'Throttles'),
      threshold: 1,
    });
  }
  alarms.add({
    kind: 'dropped',
    says: 'An event could not be processed and waits in the queue of dropped events.',
    metric: dropped.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: 'Maximum' }),
    threshold: 1,
  });
  for (const name of STREAM_READERS.filter((reader) => names.includes(reader))) {
    alarms.add({
      kind: 'stream-age',
      of: name,
      says: `${name} is more than five minutes behind the ledger.`,
      metric: lambdaMetric(deployment, name, 'IteratorAge'),
      threshold: STREAM_BEHIND_MS,
    });
  }
  alarms.add({
    kind: 'tampered',
    says: 'An event of the ledger was changed or removed. Muster itself never does that.',
    metric: own(deployment, 'LedgerChanged', Duration.minutes(1)),
    threshold: 1,
  });
  for (const { kind, machine } of machines) {
    alarms.add({
      kind: 'machine',
      of: kind,
      says: `An execution of ${kind} failed, timed out or was aborted outside Muster.`,
      metric: badEnds(machine.ref),
      threshold: 1,
    });
  }
  alarms.add({
    kind: 'stuck',
    says: 'An operation is stuck: it waits for a decision, or a step takes far too long.',
    metric: own(deployment, 'OperationStuck', Duration.minutes(5)),
    threshold: 1,
  });
  alarms.add({
    kind: 'self-test',
    says: `No self-test has passed for ${SELF_TEST_SILENT_HOURS} hours: Muster may be dead.`,
    metric: own(deployment, 'SelfTestPassed', Duration.hours(1)),
    threshold: 1,
    periods: SELF_TEST_SILENT_HOURS,
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    silenceIsBad: true,
  });
  if (names.includes('reconciler')) {
    alarms.add({
      kind: 'reconciler',
      says: `The reconciler has not run for ${SILENT_MINUTES} minutes.`,
      metric: lambdaMetric(deployment, 'reconciler', 'Invocations'),
      threshold: 1,
      periods: SILENT_MINUTES / 5,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      silenceIsBad: true,
    });
  }
  alarms.dashboard(names);
}

interface Watched {
  readonly deployment: DeploymentTarget;
  readonly dropped: Queue;
  readonly machines: readonly MusterMachine[];
}

/** What the functions count by a line in their logs (lambdas/adapters/metric.ts). */
const own = (deployment: DeploymentTarget, metricName: string, period: Duration): Metric =>
  new Metric({
    namespace: 'Muster',
    metricName,
    dimensionsMap: { Prefix: deployment.prefix },
    statistic: 'Sum',
    period,
  });

/** A stuck operation ends so at the latest when its state machine's own limit is over. */
function badEnds(stateMachineArn: string): MathExpression {
  const of = (metricName: string): Metric =>
    new Metric({
      namespace: 'AWS/States',
      metricName,
      dimensionsMap: { StateMachineArn: stateMachineArn },
      statistic: 'Sum',
      period: Duration.minutes(5),
    });
  return new MathExpression({
    expression: 'failed + timedOut + aborted',
    usingMetrics: {
      failed: of('ExecutionsFailed'),
      timedOut: of('ExecutionsTimedOut'),
      aborted: of('ExecutionsAborted'),
    },
    period: Duration.minutes(5),
    label: 'executions that did not end well',
  });
}
