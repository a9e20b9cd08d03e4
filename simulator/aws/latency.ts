import type { Random } from '../random.ts';
import type { FaultPoint, FaultRule } from './faults.ts';

/** How long a healthy API takes, ms; nobody publishes it. Orders of magnitude from public measurements. */
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
/** Once across a continent and back. */
const BETWEEN_REGIONS_MS = [60, 90] as const;

/** What a rule of a scenario says of a call; undefined: nothing, the next rule is asked. */
export type FaultOf = (at: FaultPoint) => ReturnType<FaultRule> | undefined;

/** Every call takes a drawn while; the first rule that has something to say decides how it fares. */
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
