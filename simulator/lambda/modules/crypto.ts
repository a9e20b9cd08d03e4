import crypto from 'node:crypto';
import { held, type Inside } from './inside.ts';
import { refusal } from './refuse.ts';

/** They work on libuv's threads, or draw randomness that no seed replays. What only computes at once stays. */
const REFUSED = [
  'checkPrime',
  'checkPrimeSync',
  'createDiffieHellman',
  'createECDH',
  'diffieHellman',
  'encapsulate',
  'decapsulate',
  'generateKey',
  'generateKeyPair',
  'generateKeyPairSync',
  'generateKeySync',
  'generatePrime',
  'generatePrimeSync',
  'argon2',
  'hkdf',
  'pbkdf2',
  'scrypt',
] as const;

const SUBTLE = [
  'decrypt',
  'deriveBits',
  'deriveKey',
  'digest',
  'encrypt',
  'exportKey',
  'importKey',
  'sign',
  'verify',
] as const;

type Fillable = ArrayBuffer | ArrayBufferView;
type Done<T> = (error: null, value: T) => void;

function randomness(inside: Inside) {
  const { random, gate } = inside;
  const fill = <T extends Fillable>(target: T, offset = 0, size?: number): T => {
    const view = ArrayBuffer.isView(target)
      ? new Uint8Array(target.buffer, target.byteOffset, target.byteLength)
      : new Uint8Array(target);
    const count = size ?? view.length - offset;
    view.set(random.bytes(count), offset);
    return target;
  };
  const later = <T>(value: T, done: Done<T>): void => process.nextTick(() => gate.deliver(() => done(null, value)));
  const bytes = (size: number, done?: Done<Buffer>): Buffer | undefined => {
    const value = Buffer.from(random.bytes(size));
    if (done === undefined) return value;
    later(value, done);
    return undefined;
  };
  const int = (low: number, high?: number | Done<number>, done?: Done<number>): number | undefined => {
    const [from, to, callback] = typeof high === 'number' ? [low, high, done] : [0, low, high];
    const value = Math.floor(random.between(from, to));
    if (callback === undefined) return value;
    later(value, callback);
    return undefined;
  };
  const fillLater = (target: Fillable, ...rest: unknown[]): void => {
    const done = rest.pop() as Done<Fillable>;
    later(fill(target, ...(rest as number[])), done);
  };
  return {
    getRandomValues: <T extends ArrayBufferView>(target: T): T => fill(target),
    randomBytes: bytes,
    pseudoRandomBytes: bytes,
    rng: bytes,
    prng: bytes,
    randomFill: fillLater,
    randomFillSync: fill,
    randomInt: int,
    randomUUID: () => random.uuid(),
  };
}

/** `node:crypto`: hashes, signatures and comparisons are the host's; randomness comes from the world. */
export function cryptoModule(inside: Inside) {
  const draws = randomness(inside);
  const subtle = Object.fromEntries([
    ...['generateKey', 'wrapKey', 'unwrapKey'].map((name) => [name, refusal(`crypto.subtle.${name}`)]),
    ...SUBTLE.map((name) => [name, subtleOperation(inside, name)]),
  ]);
  const webcrypto = { subtle, getRandomValues: draws.getRandomValues, randomUUID: draws.randomUUID };
  const members: Record<string, unknown> = { ...crypto };
  for (const name of REFUSED) members[name] = refusal(`crypto.${name}`);
  return { module: { ...members, ...draws, subtle, webcrypto }, webcrypto };
}

function subtleOperation(inside: Inside, name: (typeof SUBTLE)[number]) {
  return (...args: unknown[]) =>
    held(inside, async () => {
      const result: unknown = await Reflect.apply(crypto.webcrypto.subtle[name], crypto.webcrypto.subtle, args);
      return result;
    });
}
