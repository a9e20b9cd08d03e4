import type { Change, ResourceRecordSet } from '@aws-sdk/client-route-53';
import { createRoute53 } from '../../../simulator/aws/services/route-53/route-53.ts';
import { fakeCall, testWorld } from './helpers.ts';

export const HOME = '198.51.100.10';
export const STANDBY = '203.0.113.10';

const LOAD_BALANCERS: Readonly<Record<string, { addresses: string[]; hostedZoneId: string }>> = {
  'shop-use1.elb.us-east-1.amazonaws.com': { addresses: [HOME], hostedZoneId: 'Z35SXDOTRQ7X7K' },
  'shop-usw2.elb.us-west-2.amazonaws.com': { addresses: [STANDBY], hostedZoneId: 'Z1H1FL5HABSF5' },
};

export function alias(region: 'home' | 'standby'): NonNullable<ResourceRecordSet['AliasTarget']> {
  return region === 'home'
    ? {
        HostedZoneId: 'Z35SXDOTRQ7X7K',
        DNSName: 'shop-use1.elb.us-east-1.amazonaws.com',
        EvaluateTargetHealth: false,
      }
    : {
        HostedZoneId: 'Z1H1FL5HABSF5',
        DNSName: 'dualstack.shop-usw2.elb.us-west-2.amazonaws.com',
        EvaluateTargetHealth: false,
      };
}

/** A Route 53 whose only endpoint is a flag: 200, 404, or nobody there. */
export function route53World(
  seed = 'traffic',
  fixed: Readonly<Record<string, number>> = { 'route-53.insync': 30_000 },
) {
  const world = testWorld(seed, fixed);
  const flag = { status: 404 as number | undefined };
  const down = new Set<string>();
  const route53 = createRoute53({
    ...world,
    probe: () => flag.status,
    awsName: (name) => {
      const known = LOAD_BALANCERS[name];
      return known && { ...known, healthy: !down.has(name) };
    },
  });
  const invoke = async (action: string, input: object = {}): Promise<Record<string, unknown>> => {
    const operation = route53.service.operations[action];
    if (operation === undefined) throw new Error(`no operation ${action}`);
    return { ...(await operation(input, fakeCall(world.clock, 'us-east-1', world.random))) };
  };
  const change = (zoneId: string, ...Changes: Change[]) =>
    invoke('ChangeResourceRecordSets', { HostedZoneId: zoneId, ChangeBatch: { Changes } });
  return { ...world, flag, down, route53, invoke, change };
}
