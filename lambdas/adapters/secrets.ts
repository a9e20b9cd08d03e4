import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { isSecretWord } from '../../core/secrets.ts';
import { clientSettings, NEEDED } from './clients.ts';
import type { Environment } from './environment.ts';

/** A rotated secret is picked up this soon, as in the receiver. */
const KEPT_MS = 5 * 60_000;
const kept = new Map<string, { readonly word: string; readonly until_ms: number }>();

export const signingSecret = ({ region, secrets }: Environment): Promise<string> => secretWord(region, secrets.signing);
export const botToken = ({ region, secrets }: Environment): Promise<string> => secretWord(region, secrets.botToken);
export const selfTestKey = ({ region, secrets }: Environment): Promise<string> => secretWord(region, secrets.selfTest);

async function secretWord(region: string, id: string): Promise<string> {
  const now_ms = Date.now();
  const last = kept.get(id);
  if (last !== undefined && now_ms < last.until_ms) return last.word;
  const answer = await new SecretsManagerClient(clientSettings(region, NEEDED)).send(
    new GetSecretValueCommand({ SecretId: id }),
  );
  const word = (answer.SecretString ?? '').trim();
  if (!isSecretWord(word)) throw new Error(`the secret ${id} is not one bare word: run \`muster doctor\``);
  kept.set(id, { word, until_ms: now_ms + KEPT_MS });
  return word;
}
