import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  Metric,
  PeriodOverride,
  TextWidget,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { DeploymentTarget } from '../deployment-target.ts';

/** Every kind of alarm, and its heading in docs/runbook.md; a test compares the two. */
export const RUNBOOK = {
  errors: 'Alarm: a function fails',
  throttles: 'Alarm: a function is throttled',
  dropped: 'Alarm: an event was dropped',
  'stream-age': 'Alarm: the ledger’s stream is behind',
  tampered: 'Alarm: the ledger was changed',
  machine: 'Alarm: an execution did not end well',
  stuck: 'Alarm: an operation is stuck',
  reconciler: 'Alarm: the reconciler is silent',
  'self-test': 'Alarm: no self-test has passed',
  flag: 'Alarm: the flag’s endpoint fails',
} as const;
export type AlarmKind = keyof typeof RUNBOOK;

export interface AlarmSpec {
  readonly kind: AlarmKind;
  /** Distinguishes alarms of one kind, such as the function's name. */
  readonly of?: string;
  /** What happened, in one sentence. */
  readonly says: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** How many periods in a row; 1 when left out. */
  readonly periods?: number;
  readonly comparison?: ComparisonOperator;
  /** No data means that something is wrong. */
  readonly silenceIsBad?: boolean;
}

/** Alarms that notify the topic, each with its section of the runbook in its description. */
export class Alarms extends Construct {
  readonly alarms: Alarm[] = [];
  readonly #deployment: DeploymentTarget;
  readonly #topic: ITopic;
  readonly #runbook: string;

  constructor(scope: Construct, id: string, options: { deployment: DeploymentTarget; topic: ITopic; runbook: string }) {
    super(scope, id);
    this.#deployment = options.deployment;
    this.#topic = options.topic;
    this.#runbook = options.runbook;
  }

  add(spec: AlarmSpec): void {
    const name = [this.#deployment.prefix, spec.kind, ...(spec.of === undefined ? [] : [spec.of])].join('-');
    const alarm = new Alarm(this, name, {
      alarmName: name,
      alarmDescription: `${spec.says} ${this.#runbook}#${anchor(RUNBOOK[spec.kind])}`,
      metric: spec.metric,
      threshold: spec.threshold,
      evaluationPeriods: spec.periods ?? 1,
      comparisonOperator: spec.comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: spec.silenceIsBad === true ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.#topic));
    alarm.addOkAction(new SnsAction(this.#topic));
    this.alarms.push(alarm);
  }

  /** One page that shows whether Muster is healthy; what it did is in the ledger and in Slack. */
  dashboard(functions: readonly string[]): void {
    const each = (metricName: string): IMetric[] =>
      functions.map((name) => lambdaMetric(this.#deployment, name, metricName));
    const dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: this.#deployment.prefix,
      periodOverride: PeriodOverride.AUTO,
    });
    dashboard.addWidgets(
      new TextWidget({
        width: 24,
        height: 2,
        markdown: `# ${this.#deployment.prefix} in ${this.#deployment.region}\nAlarms: ${this.#runbook}`,
      }),
    );
    dashboard.addWidgets(
      new GraphWidget({ title: 'Errors', width: 12, left: each('Errors') }),
      new GraphWidget({ title: 'Duration, ms', width: 12, left: each('Duration') }),
    );
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
export function lambdaMetric(deployment: DeploymentTarget, name: string, metricName: string): Metric {
  return new Metric({
    namespace: 'AWS/Lambda',
    metricName,
    dimensionsMap: { FunctionName: `${deployment.prefix}-${name}` },
    statistic: metricName === 'Duration' || metricName === 'IteratorAge' ? 'Maximum' : 'Sum',
    period: Duration.minutes(5),
    region: deployment.region,
  });
}

/** A heading's anchor as GitHub and most renderers make it. */
export const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, '')
    .replace(/\s/g, '-');
