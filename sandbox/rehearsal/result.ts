import { newestFence } from '../../core/fence.ts';
import type { OperationOutcome } from '../../core/ledger.ts';
import { brokenLink } from '../../core/ledger.ts';
import type { Operation } from '../../core/operation.ts';
import { isStepId, type StepId } from '../../core/operations/registry.ts';
import type { CallRecord } from '../../simulator/aws/faults.ts';
import type { RunningApplication } from '../world/applications.ts';
import type { World } from '../world/world.ts';
import { round, type Truth } from './measure.ts';
import type { Scenario } from './scenario.ts';

/** What `--json` prints. Times are virtual seconds from the disaster, or from the command where nothing broke. */
export interface RehearsalResult {
  readonly operation: string | null;
  readonly kind: 'promote';
  readonly application: string;
  readonly scenario: string;
  readonly seed: string;
  readonly outcome: OperationOutcome;
  readonly requestedBy: string | null;
  readonly approvals: readonly { readonly by: string; readonly at_s: number }[];
  readonly rto_s: number | null;
  readonly rpo_s: number | null;
  readonly lowerBound_s: number | null;
  /** From the completing vote to the end of the last step before the report, less the lower bound. */
  readonly overhead_s: number | null;
  /** The true loss, which nobody in the world can measure; `rpo_s` is the product's upper bound of it. */
  readonly trueLoss_s: number | null;
  readonly steps: readonly StepResultLine[];
  readonly world: {
    readonly writerRegion: string | null;
    readonly trafficRegion: string | null;
    readonly dnsAnswer: readonly string[];
    readonly services: readonly { region: string; service: string; desired: number; running: number }[];
    readonly fence: string | null;
  };
  readonly calls: readonly CallLine[];
  readonly ledger: { readonly events: number; readonly verified: boolean };
  readonly channel: readonly { readonly ts: string; readonly text: string }[];
}

export interface StepResultLine {
  readonly id: StepId;
  readonly region: string;
  readonly startedAt_s: number;
  readonly endedAt_s: number | null;
  readonly outcome: string | null;
  readonly detail: string;
}

export interface CallLine {
  readonly t_s: number;
  readonly region: string;
  readonly service: string;
  readonly action: string;
  readonly outcome: string;
  readonly latency_s: number;
  readonly bestEffort: boolean;
  readonly stepId: string | null;
}

export interface ResultInput {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly world: World;
  readonly running: RunningApplication;
  readonly operation: Operation | undefined;
  readonly operationId: string | undefined;
  readonly outcome: OperationOutcome;
  readonly zero_ms: number;
  readonly truth: Truth;
  readonly verified: boolean;
}

export function makeResult(input: ResultInput): RehearsalResult {
  const { world, running, operation, zero_ms, truth } = input;
  const at_s = (iso: string): number => round((Date.parse(iso) - zero_ms) / 1000);
  const approvals = operation === undefined ? [] : approvalsOf(operation, at_s);
  return {
    operation: input.operationId ?? null,
    kind: 'promote',
    application: running.name,
    scenario: input.scenario.name,
    seed: input.seed,
    outcome: input.outcome,
    requestedBy: operation?.requester ?? null,
    approvals,
    rto_s: truth.rto_s,
    rpo_s: rounded(operation?.ended?.report?.rpo_s),
    lowerBound_s: truth.lowerBound_s,
    overhead_s: overhead_s(operation, truth),
    trueLoss_s: truth.loss_s,
    steps: operation === undefined ? [] : stepsOf(operation, at_s),
    world: worldNow(world, running, operation),
    calls: world.calls.filter((call) => call.caller.name.startsWith('muster-')).map((call) => callLine(call, zero_ms)),
    ledger: {
      events: [...world.ledger().values()].reduce((sum, records) => sum + records.length, 0),
      verified: input.verified && [...world.ledger().values()].every((records) => brokenLink(records) === undefined),
    },
    channel: world.slack.workspace.messages
      .in(world.config.slack.channel)
      .filter((message) => message.ephemeralFor === undefined)
      .map((message) => ({ ts: message.ts, text: message.text })),
  };
}

const rounded = (value: number | null | undefined): number | null => (value == null ? null : round(value));

function approvalsOf(operation: Operation, at_s: (iso: string) => number): { by: string; at_s: number }[] {
  const round_ = operation.rounds.findLast((one) => one.decision?.what === 'approved');
  if (round_?.decision === undefined) return [];
  return round_.decision.by.map((by) => {
    const vote = round_.votes.find((v) => v.identity === by && v.choice === 'approve');
    return { by, at_s: at_s(vote?.at ?? operation.requestedAt ?? round_.askedAt) };
  });
}

function overhead_s(operation: Operation | undefined, truth: Truth): number | null {
  if (operation === undefined || truth.lowerBound_s === null) return null;
  const approved = operation.rounds.findLast((one) => one.decision?.what === 'approved');
  const completing = approved?.votes.findLast(
    (v) => v.choice === 'approve' && approved.decision?.by.includes(v.identity),
  );
  const ends = [...operation.steps.values()]
    .filter((step) => step.step !== 'report' && step.endedAt !== undefined)
    .map((step) => Date.parse(step.endedAt ?? ''));
  if (completing === undefined || ends.length === 0) return null;
  return round((Math.max(...ends) - Date.parse(completing.at)) / 1000 - truth.lowerBound_s);
}

function stepsOf(operation: Operation, at_s: (iso: string) => number): StepResultLine[] {
  return [...operation.steps.values()].map((step) => ({
    id: step.step,
    region: step.region,
    startedAt_s: at_s(step.startedAt),
    endedAt_s: step.endedAt === undefined ? null : at_s(step.endedAt),
    outcome: step.outcome ?? (step.status === 'done' ? 'done' : step.status),
    detail: step.detail,
  }));
}

function worldNow(
  world: World,
  running: RunningApplication,
  operation: Operation | undefined,
): RehearsalResult['world'] {
  const { config: app, application } = running;
  const now_ms = world.clock.now_ms();
  const [resolver = ''] = app.verify.resolvers;
  const dnsAnswer = world.route53
    .resolverAnswer(resolver, app.traffic.record, 'A', now_ms)
    .records.filter((record) => record.type === 'A')
    .map((record) => record.data);
  const fence = operation === undefined ? undefined : newestFence(operation);
  const { ecs, groups } = running.services;
  return {
    writerRegion: running.writerRegion() ?? null,
    trafficRegion: application.regionOf(dnsAnswer[0] ?? '', now_ms) ?? null,
    dnsAnswer,
    services: (['home', 'standby'] as const).flatMap((side) =>
      app.services.map((service) => {
        const region = app[side];
        if (service.kind === 'ec2') {
          const running_ = groups.runningInstances(region, service[side].group).length;
          return { region, service: service.name, desired: running_, running: running_ };
        }
        const { cluster, service: name } = service[side];
        return {
          region,
          service: service.name,
          desired: ecs.desired(region, `service/${cluster}/${name}`) ?? 0,
          running: ecs.runningTasks(region, cluster, name).length,
        };
      }),
    ),
    fence: fence?.fence ?? null,
  };
}

/** Our functions say in their user agent for which step they call, and whether anything depends on it. */
export function callLine(call: CallRecord, zero_ms: number): CallLine {
  const purpose = /\bmuster\/([a-z-]+)/.exec(call.userAgent)?.[1];
  return {
    t_s: round((call.at_ms - zero_ms) / 1000),
    region: call.region,
    service: call.service,
    action: call.action,
    outcome: call.outcome,
    latency_s: round(call.latency_ms / 1000),
    bestEffort: /\bmuster-best-effort\/yes/.test(call.userAgent),
    stepId: purpose !== undefined && isStepId(purpose) ? purpose : null,
  };
}
