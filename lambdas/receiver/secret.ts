import { isSecretWord } from '../../core/secrets.ts';
import type { Time } from './calls.ts';
import type { Environment } from './environment.ts';
import { readSecret } from './signed-aws.ts';

const FRESH_MS = 5 * 60_000;

/** Reads a secret at most every five minutes; while it cannot be read again, the last one is used. */
export function secretReader(env: Environment, id: string, now_ms: () => number): (time: Time) => Promise<string> {
  let kept: { readonly word: string; readonly until_ms: number } | undefined;
  return async (time) => {
    if (kept !== undefined && now_ms() < kept.until_ms) return kept.word;
    try {
      const word = (await readSecret(env, id, time)).trim();
      // What is wrong with it is not quoted: it may hold the secret.
      if (!isSecretWord(word)) throw new Error(`the secret ${id} is not one bare word`);
      kept = { word, until_ms: now_ms() + FRESH_MS };
      return word;
    } catch (error) {
      if (kept === undefined) throw error;
      console.error(`the secret ${id} could not be read again, the last one is used: ${String(error)}`);
      return kept.word;
    }
  };
}
