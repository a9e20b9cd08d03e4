/**
 * Seeded randomness: every draw of a world comes from here, so that a seed replays it. A generator is split by name;
 * draws of one part do not change the draws of another.
 */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A number in [low, high). */
  between(low: number, high: number): number;
  bytes(count: number): Uint8Array;
  hex(digits: number): string;
  uuid(): string;
  /** An independent generator; the same name gives the same one. */
  split(name: string): Random;
}

export function seeded(seed: string): Random {
  let state = hash(seed);
  const next = (): number => {
    // mulberry32: Tommy Ettinger's public-domain generator; plenty for a simulation, of no use for secrets.
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, () => Math.floor(next() * 256));
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join('');
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    bytes,
    hex,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    split: (name) => seeded(`${seed}/${name}`),
  };
}

/** FNV-1a with a final avalanche: spreads similar seeds apart. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
