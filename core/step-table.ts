import type { ApplicationConfig } from './config/schema.ts';
import type { Plan } from './plan.ts';
import { assertNever } from './reasons.ts';
import { SHOWN_STEPS, type StepId } from './steps.ts';

/** What a step does for this plan: derived, so that what people approve is what runs. */
export interface StepDescription {
  readonly step: StepId;
  readonly region: string;
  /** AWS API calls that change something, as `service:Operation`; empty: the step only looks, or has nothing to do. */
  readonly calls: readonly string[];
  /** In words, where calls alone do not say it. */
  readonly note: string;
  /** After its first accepted call nothing brings the old state back. */
  readonly irreversible: boolean;
  /** False: the plan gives this step nothing to do. */
  readonly applies: boolean;
}

/** Every step that people follow, in order. */
export function describeSteps(plan: Plan, app: ApplicationConfig): readonly StepDescription[] {
  return SHOWN_STEPS.map((step) => describe(step, plan, app));
}

/**
 * Which control planes in the region being left this plan cannot do without; undefined: none. Route 53's records are
 * changed in us-east-1 alone (AWS facts, "Traffic"), which may be the region that is lost.
 */
export function homeControlPlane(plan: Plan): string | undefined {
  const needs: string[] = [];
  if (plan.database.method === 'switchover') needs.push('RDS (a switchover is asked of the present primary)');
  if (plan.traffic.strategy === 'record' && plan.from === ROUTE_53_REGION) {
    needs.push('Route 53 (its record changes are served from us-east-1 only)');
  }
  return needs.length === 0 ? undefined : needs.join(' and ');
}

const ROUTE_53_REGION = 'us-east-1';

function describe(step: StepId, plan: Plan, app: ApplicationConfig): StepDescription {
  const nothing = { step, region: plan.to, calls: [], note: '', irreversible: false, applies: true };
  const capacity = capacityCalls(app);
  switch (step) {
    case 'prewarm':
      return app.prewarm && capacity.length > 0
        ? { ...nothing, calls: capacity, note: 'before approval; undone when the operation ends without one' }
        : { ...nothing, applies: false, note: 'nothing to pre-warm' };
    case 'preflight':
      return { ...nothing, note: 'only looks; asks again when the writer, the target or the loss bound changed' };
    case 'fence-home':
      return fence(plan, app, nothing, capacity);
    case 'promote-database':
      return database(plan, nothing);
    case 'scale-out':
      return capacity.length > 0
        ? { ...nothing, calls: capacity, note: 'and waits until the approved capacity is healthy' }
        : { ...nothing, applies: false, note: 'no services configured' };
    case 'switch-traffic':
      return traffic(plan, nothing);
    case 'verify':
      return { ...nothing, note: 'DNS and HTTPS requests from outside' };
    case 'report':
    case 'confirm':
    case 'close':
    case 'request-approval':
    case 'read-approval':
      return { ...nothing, note: 'writes to the ledger only' };
    case 'switch-workers':
      return workers(app, nothing);
    case 'restart-tasks':
      return app.restartTasks === true && plan.database.method !== 'none'
        ? { ...nothing, calls: ['ecs:UpdateService', 'ecs:StopTask'], note: 'only tasks older than the promotion' }
        : { ...nothing, applies: false, note: 'switched off in muster.yaml (restartTasks)' };
    case 'switch-listener':
      return app.listener === undefined
        ? { ...nothing, applies: false, note: 'no listener is configured' }
        : { ...nothing, calls: ['elasticloadbalancing:ModifyListener'], note: 'forwards to the active target group' };
    case 'scale-in-home':
      return plan.forced || capacity.length === 0
        ? { ...nothing, region: plan.from, applies: false, note: 'home is fenced instead' }
        : {
            ...nothing,
            region: plan.from,
            calls: capacity,
            note: 'home to its idle capacity, once verified; best effort',
          };
    default:
      return assertNever(step);
  }
}

/** A switchover fences the old writer by itself (AWS facts, "Aurora Global Database"); a forced move can only try. */
function fence(
  plan: Plan,
  app: ApplicationConfig,
  nothing: StepDescription,
  calls: readonly string[],
): StepDescription {
  const home = { ...nothing, region: plan.from };
  if (!plan.forced) {
    return app.services.some((service) => service.kind === 'ecs' && service.worker === true)
      ? { ...home, calls, note: 'only workers: a switchover fences the old writer by itself' }
      : { ...home, applies: false, note: 'a switchover fences the old writer by itself' };
  }
  return calls.length === 0
    ? { ...home, applies: false, note: 'no services configured' }
    : { ...home, calls, note: 'sets home to 0, best effort: a home that does not answer is not fenced' };
}

function workers(app: ApplicationConfig, nothing: StepDescription): StepDescription {
  const calls = new Set(
    (app.workers ?? []).flatMap(({ kind }) => {
      switch (kind) {
        case 'eventbridge-rule':
          return ['events:EnableRule', 'events:DisableRule'];
        case 'schedule':
          return ['scheduler:UpdateSchedule'];
        case 'event-source-mapping':
          return ['lambda:UpdateEventSourceMapping'];
        default:
          return assertNever(kind);
      }
    }),
  );
  return calls.size === 0
    ? { ...nothing, applies: false, note: 'the application has no workers' }
    : { ...nothing, calls: [...calls], note: 'on in the standby, off at home (best effort)' };
}

/** Setting min, max and desired: the calls depend on what the services run on. */
function capacityCalls(app: ApplicationConfig): readonly string[] {
  const kinds = new Set(app.services.map((service) => service.kind));
  return [
    ...(kinds.has('ecs') ? ['application-autoscaling:RegisterScalableTarget', 'ecs:UpdateService'] : []),
    ...(kinds.has('ec2') ? ['autoscaling:UpdateAutoScalingGroup'] : []),
  ];
}

function database(plan: Plan, nothing: StepDescription): StepDescription {
  switch (plan.database.method) {
    case 'switchover':
      return {
        ...nothing,
        region: plan.database.callRegion,
        calls: ['rds:SwitchoverGlobalCluster'],
        note: `asked of the present primary; if it is stuck, people are asked about a ${plan.database.fallback ?? 'retry'}`,
        irreversible: true,
      };
    case 'failover':
      return {
        ...nothing,
        region: plan.database.callRegion,
        calls: ['rds:FailoverGlobalCluster'],
        note: 'with AllowDataLoss',
        irreversible: true,
      };
    case 'detach':
      return {
        ...nothing,
        region: plan.database.callRegion,
        calls: ['rds:RemoveFromGlobalCluster'],
        note: 'the database endpoint changes; home stays a writer of its own, unfenced',
        irreversible: true,
      };
    case 'adopt':
      return {
        ...nothing,
        region: plan.database.callRegion,
        note: 'calls nothing: waits for the move that was begun before',
      };
    case 'none':
      return { ...nothing, applies: false, note: 'no database' };
    default:
      return assertNever(plan.database);
  }
}

function traffic(plan: Plan, nothing: StepDescription): StepDescription {
  const { strategy, record } = plan.traffic;
  switch (strategy) {
    case 'stop':
      return {
        ...nothing,
        calls: ['s3:PutObject'],
        note: `the flag that moves ${record}: data plane only; then route53:UpdateHealthCheck latches it, best effort`,
      };
    case 'record':
      return {
        ...nothing,
        region: ROUTE_53_REGION,
        calls: ['route53:ChangeResourceRecordSets'],
        note: `${record}; this control plane is in us-east-1`,
      };
    case 'none':
      return { ...nothing, applies: false, note: 'no traffic is moved' };
    default:
      return assertNever(strategy);
  }
}
