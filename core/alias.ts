import type { TrafficConfig } from './config/schema.ts';

export type AddressType = 'A' | 'AAAA';

/** The records that lead users: one a family of addresses that they are answered. */
export const addressTypes = ({ ipv6 }: Pick<TrafficConfig, 'ipv6'>): readonly AddressType[] =>
  ipv6 ? ['A', 'AAAA'] : ['A'];

const LOAD_BALANCER = /\.elb(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?\.?$/i;

/**
 * What an alias to `target` names. A load balancer is asked for IPv6 addresses under its name with `dualstack.` before
 * it (AWS knowledge center, "configure my Application Load Balancer with IPv6"; CDK's own alias targets write it so for
 * every load balancer); no other kind of target has such a name.
 */
export function aliasName(target: string, type: AddressType): string {
  if (type === 'A' || !LOAD_BALANCER.test(target) || /^dualstack\./i.test(target)) return target;
  return `dualstack.${target}`;
}
