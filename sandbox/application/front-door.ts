/**
 * Which addresses users see. Load balancers keep one address a region unless a scenario asks for what people have in
 * front of their applications: addresses that change, or a CDN whose addresses belong to neither region.
 */
export type FrontDoor =
  | { readonly kind: 'fixed' }
  /** The load balancer's name answers two of eight addresses, and two others after each period. */
  | { readonly kind: 'rotating'; readonly every_s: number }
  /** Both regions' names answer the CDN's addresses; its edges ask DNS for the region, as any origin is found. */
  | { readonly kind: 'cdn' };

/** The load balancer of one region. */
export interface BalancerAddresses {
  readonly region: string;
  readonly address: string;
  readonly address6?: string;
}

interface Addresses {
  /** What the name of the region's load balancer answers at an instant. */
  at(region: string, at_ms: number): readonly string[];
  /** Every address that it answers at some instant. */
  all(region: string): readonly string[];
  /** The region that has the address; `edge`: the CDN. */
  ownerOf(address: string): string | undefined;
}

/** Where the CDN's edges are: in no region, so none is lost with them. */
export const EDGE = 'edge';
/** How many addresses a load balancer or the CDN changes between, and how many a name answers. */
const POOL = 8;
const SHOWN = 2;
/** The CDN's names answer other edges each minute. */
const EDGE_PERIOD_S = 60;
/** RFC 5737: examples. */
const EDGE_NETWORK = '192.0.2';

export function createAddresses(door: FrontDoor, regions: readonly BalancerAddresses[]): Addresses {
  const sixOf = ({ address6 }: BalancerAddresses): readonly string[] => (address6 === undefined ? [] : [address6]);
  const pools = new Map(regions.map((one) => [one.region, poolOf(door, one)]));
  const find = (region: string) => regions.find((one) => one.region === region);
  const all = (region: string): readonly string[] => {
    const found = find(region);
    return found === undefined ? [] : [...(pools.get(region) ?? []), ...sixOf(found)];
  };
  return {
    at: (region, at_ms) => {
      const found = find(region);
      if (found === undefined) return [];
      const step = steps(door, at_ms) + (door.kind === 'cdn' ? regions.indexOf(found) : 0);
      return [...shown(pools.get(region) ?? [], step), ...sixOf(found)];
    },
    all,
    ownerOf: (address) => {
      if (door.kind === 'cdn' && regions.some((one) => pools.get(one.region)?.includes(address))) return EDGE;
      return regions.find((one) => all(one.region).includes(address))?.region;
    },
  };
}

/** One region's addresses without IPv6; the CDN's are the same for both regions. */
function poolOf(door: FrontDoor, { address }: BalancerAddresses): readonly string[] {
  if (door.kind === 'fixed') return [address];
  const host = Number(address.split('.').at(-1));
  const network = door.kind === 'cdn' ? EDGE_NETWORK : address.split('.').slice(0, -1).join('.');
  // Addresses of applications begin at .10; the pools of the first 23 lie apart.
  const first = 64 + POOL * (host % 23);
  return Array.from({ length: POOL }, (_, index) => `${network}.${first + index}`);
}

function steps(door: FrontDoor, at_ms: number): number {
  const every_s = door.kind === 'rotating' ? door.every_s : EDGE_PERIOD_S;
  return Math.floor(at_ms / (every_s * 1000));
}

/** Two neighbours of the pool: none of them is shown again in the next step. */
function shown(pool: readonly string[], step: number): readonly string[] {
  if (pool.length <= SHOWN) return pool;
  return Array.from({ length: SHOWN }, (_, index) => pool[(step * SHOWN + index) % pool.length] ?? '');
}
