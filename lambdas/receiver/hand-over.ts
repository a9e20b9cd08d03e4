import type { Inbound, SignedRequest, SubmissionAnswer } from '../../core/inbound.ts';
import { CallFailure, type Effect, type Time } from './calls.ts';
import type { Environment } from './environment.ts';
import { invokeLater, invokeNow } from './signed-aws.ts';

/** What a listener knows of the request it answers. */
export interface Request {
  readonly signed: SignedRequest;
  readonly time: Time;
}

export type HandedOver = { readonly ok: true } | { readonly ok: false; readonly effect: Effect };
export type Submitted =
  | { readonly ok: true; readonly answer: SubmissionAnswer }
  | { readonly ok: false; readonly effect: Effect };

/** To the function `to`, asynchronously. `viewId` names the loading view that waits to be filled. */
export async function handOver(
  env: Environment,
  to: 'command' | 'approve',
  kind: 'command' | 'action',
  request: Request,
  viewId: string | undefined,
): Promise<HandedOver> {
  const inbound: Inbound = { kind, signed: request.signed, ...(viewId === undefined ? {} : { viewId }) };
  try {
    await invokeLater(env, to, inbound, request.time);
    return { ok: true };
  } catch (error) {
    return { ok: false, effect: told(error) };
  }
}

/** To `command`, synchronously: a dialog's errors must be in the answer. */
export async function submit(env: Environment, request: Request): Promise<Submitted> {
  const inbound: Inbound = { kind: 'submission', signed: request.signed };
  try {
    const answer = await invokeNow(env, 'command', inbound, request.time);
    if (isSubmissionAnswer(answer)) return { ok: true, answer };
    throw new CallFailure('unknown', 'command answered what no dialog understands');
  } catch (error) {
    return { ok: false, effect: told(error) };
  }
}

function told(error: unknown): Effect {
  console.error(`not handed over: ${String(error)}`);
  return error instanceof CallFailure ? error.effect : 'unknown';
}

function isSubmissionAnswer(value: unknown): value is SubmissionAnswer {
  if (value === null) return true;
  if (typeof value !== 'object' || !('response_action' in value) || !('errors' in value)) return false;
  if (value.response_action !== 'errors' || typeof value.errors !== 'object' || value.errors === null) return false;
  const errors = Object.values(value.errors);
  return errors.length > 0 && errors.every((text) => typeof text === 'string');
}
