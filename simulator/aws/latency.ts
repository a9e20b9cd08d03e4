import type { Random } from '../random.ts';
import type { FaultPoint, FaultRule } from './faults.ts';

/** How long a healthy API takes, ms. AWS does not publish it: orders of magnitude from public measurements. */
const USUAL_MS: Readonly<Record<string, readonly [number, number]>> = {
  dynamodb: [3, 12],
  kms: [5, 20],
  s3: [15, 60],
  lambda: [10, 40],
  sfn: [20, 80],
  'secrets-manager': [10, 40],
  cloudwatch: [40, 150],
  ecs: [40, 150],
  rds: [80, 300],
  'route-53': [80, 300],
};
const OTHERS_MS = [30, 120] as const;
/** One round trip across a continent. */
const BETWEEN_REGIONS_MS = [60, 90] as const;

/** A rule of a scenario: the fault of a call; undefined: the rule does not apply, the next one is asked. */
export type FaultOf = (at: FaultPoint) => ReturnType<FaultRule> | undefined;

/** Draws a latency for every call. The first rule that returns a fault decides what happens to the call. */
export function faultRule(random: Random, rules: readonly FaultOf[]): FaultRule {
  return (at) => {
    const [low, high] = USUAL_MS[at.service] ?? OTHERS_MS;
    const far = at.caller.region !== undefined && at.caller.region !== at.region;
    const latency_ms = random.between(low, high) + (far ? random.between(...BETWEEN_REGIONS_MS) : 0);
    for (const rule of rules) {
      const fault = rule(at);
      if (fault !== undefined) return fault;
    }
    return { kind: 'answer', latency_ms };
  };
}
