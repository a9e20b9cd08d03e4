import type {
  ScalableDimension,
  ScalableTarget,
  ScalingActivity,
  ScalingPolicy,
  ServiceNamespace,
  SuspendedState,
} from '@aws-sdk/client-application-auto-scaling';
import type { Random } from '../../../random.ts';
import { AwsError } from '../../service.ts';
import type { Scalable } from '../ecs/ecs.ts';
import type { ServiceOptions } from '../regional/options.ts';
import { RegionalWork, type Work } from '../regional/work.ts';

export interface TargetState {
  readonly region: string;
  readonly namespace: ServiceNamespace;
  readonly resourceId: string;
  readonly dimension: ScalableDimension;
  readonly arn: string;
  readonly roleArn: string;
  readonly created_ms: number;
  min: number;
  max: number;
  suspended: Required<SuspendedState>;
  policies: ScalingPolicy[];
  /** How many tasks the load asks for; a standby without traffic asks for none. */
  demand: number;
  scheduled: ScheduledState[];
  pending: Work | undefined;
  scaleIn: Work | undefined;
}

/** A scheduled action of a target. */
export interface ScheduledState {
  readonly name: string;
  readonly arn: string;
  readonly created_ms: number;
  readonly schedule: string;
  readonly start: Date | undefined;
  readonly end: Date | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly work: Work;
}

export interface ScalingOptions extends ServiceOptions {
  readonly ecs: Scalable;
}

/** How soon scaling corrects what is out of bounds. Not public; 15 s is in the range that people report. */
const ENFORCE_MS = 15_000;
/**
 * A target-tracking policy scales in after 15 one-minute data points below its target, out after 3 above it.
 * Application Auto Scaling User Guide, "How target tracking scaling for Application Auto Scaling works".
 */
const SCALE_IN_MS = 15 * 60_000;
const SCALE_OUT_MS = 3 * 60_000;

/** Scalable targets of all regions. Timers exist only while something is to be corrected. */
export class ScalingState {
  readonly options: ScalingOptions;
  readonly targets = new Map<string, TargetState>();
  /** Of all regions, the newest first. */
  readonly activities: (ScalingActivity & { readonly region: string })[] = [];
  readonly #work: RegionalWork;
  readonly #ids: Random;

  constructor(options: ScalingOptions) {
    this.options = options;
    this.#work = new RegionalWork(options.clock, options.environment);
    this.#ids = options.random.split('activities');
    options.ecs.onDesiredChange((region, resourceId) => {
      for (const target of this.targetsOf(region, resourceId)) this.watch(target);
    });
  }

  targetsOf(region: string, resourceId: string): TargetState[] {
    return [...this.targets.values()].filter((one) => one.region === region && one.resourceId === resourceId);
  }

  key(region: string, namespace: string, resourceId: string, dimension: string): string {
    return [region, namespace, resourceId, dimension].join('|');
  }

  /** The target that a request names, or ObjectNotFoundException. */
  target(region: string, asked: Pick<ScalableTarget, 'ServiceNamespace' | 'ResourceId' | 'ScalableDimension'>) {
    const { ServiceNamespace: namespace, ResourceId: resourceId, ScalableDimension: dimension } = asked;
    const found = this.targets.get(this.key(region, namespace ?? '', resourceId ?? '', dimension ?? ''));
    if (found !== undefined) return found;
    const message = `No scalable target registered for service namespace: ${namespace}, resource ID: ${resourceId}, scalable dimension: ${dimension}`;
    throw new AwsError('ObjectNotFoundException', message);
  }

  /** Looks whether the target needs a correction, and schedules it. Called after every change. */
  watch(target: TargetState): void {
    const desired = this.#desired(target);
    if (desired === undefined) return;
    if (target.pending === undefined && this.#bounded(target, desired) !== desired) {
      target.pending = this.#work.after([target.region], ENFORCE_MS, () => {
        target.pending = undefined;
        this.#enforce(target);
      });
    }
    this.#watchLoad(target, desired);
  }

  #enforce(target: TargetState): void {
    const desired = this.#desired(target);
    if (desired === undefined) return;
    const bounded = this.#bounded(target, desired);
    if (bounded !== desired) this.scale(target, bounded, boundCause(target, desired));
    this.watch(target);
  }

  /** Brings the resource within the target's bounds now, whatever is suspended: a scheduled action has changed them. */
  moveIntoBounds(target: TargetState): void {
    const desired = this.#desired(target);
    if (desired === undefined) return;
    const bounded = Math.min(Math.max(desired, target.min), target.max);
    if (bounded !== desired) this.scale(target, bounded, boundCause(target, desired));
  }

  scale(target: TargetState, desired: number, cause: string): void {
    this.options.ecs.setDesired(target.region, target.resourceId, desired);
    this.note(target, {
      Description: `Setting desired count to ${desired}.`,
      Cause: cause,
      StatusCode: 'Successful',
      StatusMessage: `Successfully set desired count to ${desired}. Change successfully fulfilled by ecs.`,
    });
  }

  /** Words as in the User Guide, "Scaling activities for Application Auto Scaling". */
  note(
    target: TargetState,
    what: Pick<ScalingActivity, 'Description' | 'Cause' | 'StatusCode' | 'StatusMessage'>,
  ): void {
    const now = new Date(this.options.clock.now_ms());
    this.activities.unshift({
      ...what,
      region: target.region,
      ActivityId: this.#ids.uuid(),
      ServiceNamespace: target.namespace,
      ResourceId: target.resourceId,
      ScalableDimension: target.dimension,
      StartTime: now,
      EndTime: now,
    });
  }

  /** A known trap: desired was raised, min was not, and the tasks have no load yet. The policy scales in again. */
  #watchLoad(target: TargetState, desired: number): void {
    const wanted = this.#wantedByPolicy(target, desired);
    target.scaleIn?.cancel();
    target.scaleIn = undefined;
    if (wanted === desired) return;
    target.scaleIn = this.#work.after([target.region], wanted < desired ? SCALE_IN_MS : SCALE_OUT_MS, () => {
      target.scaleIn = undefined;
      const now = this.#desired(target);
      if (now === undefined) return;
      const goal = this.#wantedByPolicy(target, now);
      if (goal !== now) this.scale(target, goal, policyCause(target, goal > now));
    });
  }

  #wantedByPolicy(target: TargetState, desired: number): number {
    const tracks = target.policies.filter((policy) => policy.PolicyType === 'TargetTrackingScaling');
    if (tracks.length === 0) return desired;
    const wanted = Math.min(Math.max(target.demand, target.min), target.max);
    if (wanted > desired) return target.suspended.DynamicScalingOutSuspended ? desired : wanted;
    // Scaling in happens only if every policy allows it.
    const mayScaleIn = tracks.every(
      (policy) => policy.TargetTrackingScalingPolicyConfiguration?.DisableScaleIn !== true,
    );
    return mayScaleIn && !target.suspended.DynamicScalingInSuspended ? wanted : desired;
  }

  #desired(target: TargetState): number | undefined {
    return this.options.ecs.desired(target.region, target.resourceId);
  }

  #bounded(target: TargetState, desired: number): number {
    if (desired < target.min) return target.suspended.DynamicScalingOutSuspended ? desired : target.min;
    if (desired > target.max) return target.suspended.DynamicScalingInSuspended ? desired : target.max;
    return desired;
  }
}

function boundCause(target: TargetState, desired: number): string {
  return desired < target.min
    ? `minimum capacity was set to ${target.min}`
    : `maximum capacity was set to ${target.max}`;
}

/** A target-tracking policy has an alarm for each direction. */
function policyCause(target: TargetState, isOut: boolean): string {
  const policy = target.policies.find((one) => one.PolicyType === 'TargetTrackingScaling')?.PolicyName ?? '';
  const alarm = `TargetTracking-${target.resourceId}-Alarm${isOut ? 'High' : 'Low'}`;
  return `monitor alarm ${alarm} in state ALARM triggered policy ${policy}`;
}
