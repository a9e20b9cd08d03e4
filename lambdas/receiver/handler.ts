import { type Time, timeFrom } from './calls.ts';
import { type Environment, readEnvironment } from './environment.ts';
import type { Request } from './hand-over.ts';
import { boltHandler } from './listeners.ts';
import { type ReceivedPayload, readPayload } from './payload.ts';
import { secretReader } from './secret.ts';
import {
  isCertificateCheck,
  isSigned,
  plain,
  type Received,
  receive,
  signedRequest,
  type UrlAnswer,
  type UrlEvent,
} from './verify.ts';
import { CANNOT_VERIFY, NOT_OURS } from './words.ts';

/** Slack gives 3 s from its own click to the answer's arrival; a cold start and the way there and back need the rest. */
const ANSWER_LIMIT_MS = 2_400;

export type UrlHandler = (event: UrlEvent, context: unknown) => Promise<UrlAnswer>;

export interface World {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly now_ms: () => number;
}

/** Verifies, then lets Bolt answer. Keeps nothing between requests but the secret and what is made of it. */
export function createHandler(world: World): UrlHandler {
  let ready: Ready | undefined;
  return async (event) => {
    const time = timeFrom(world.now_ms, ANSWER_LIMIT_MS);
    const receiving = receive(event);
    if (receiving.kind === 'refused') return receiving.answer;
    const { request } = receiving;
    if (request.signature === '') return isCertificateCheck(request) ? plain(200, '') : plain(401, 'Not signed.');
    let signer: Signer;
    try {
      ready ??= prepare(world);
      signer = await (request.isSelfTest ? ready.selfTest(time) : ready.slack(time));
    } catch (error) {
      console.error(`cannot verify requests: ${String(error)}`);
      return unverifiable(request);
    }
    return await answer(ready, signer, request, time, world.now_ms());
  };
}

/** Who may have signed a request, and the Bolt that takes what they sent. */
interface Signer {
  readonly key: string;
  readonly bolt: ReturnType<typeof boltHandler>;
}

interface Ready {
  readonly env: Environment;
  /** Throws when the secret that proves who sent it cannot be read. */
  readonly slack: (time: Time) => Promise<Signer>;
  readonly selfTest: (time: Time) => Promise<Signer>;
}

function prepare(world: World): Ready {
  const env = readEnvironment(world.variables);
  const { signing, botToken, selfTest } = env.secrets;
  const read = (id: string) => secretReader(env, id, world.now_ms);
  const [readSigning, readToken, readTest] = [read(signing), read(botToken), read(selfTest)];
  const [slackBolt, testBolt] = [boltOf(env), boltOf(env)];
  return {
    env,
    // Only dialogs take the token, and views fail open: whether a request is Slack's is decided without it.
    slack: async (time) => {
      const [key, token] = await Promise.all([readSigning(time), readToken(time).catch(withoutToken)]);
      return slackBolt(key, token);
    },
    // It opens no dialog: no token.
    selfTest: async (time) => testBolt(await readTest(time), ''),
  };
}

function withoutToken(error: unknown): string {
  console.error(`no dialogs: ${String(error)}`);
  return '';
}

/** Bolt keeps the signing secret it was made with, so a rotated one makes a new Bolt. */
function boltOf(env: Environment): (key: string, token: string) => Signer {
  let made: (Signer & { readonly token: string }) | undefined;
  return (key, token) => {
    if (made?.key !== key || made.token !== token) {
      made = { key, token, bolt: boltHandler(env, { signingSecret: key, botToken: token }) };
    }
    return made;
  };
}

async function answer(ready: Ready, signer: Signer, request: Received, time: Time, now_ms: number): Promise<UrlAnswer> {
  if (!isSigned(request, signer.key, now_ms)) return plain(401, 'The signature does not match.');
  if (isCertificateCheck(request)) return plain(200, '');
  const signed = signedRequest(request);
  const reading = readPayload(request, ready.env);
  if (signed === undefined || reading.kind === 'malformed') return plain(400, 'The request cannot be read.');
  if (reading.kind === 'foreign') return foreign(reading.payload);
  // `command` and `approve` look closely; here it is enough that the key of the self-test opens nothing that people send.
  if (request.isSelfTest && !reading.isSelfTest) return plain(403, 'The self-test may ask for itself alone.');
  return (await signer.bolt(boltEvent(request, { signed, time }), undefined)) as UrlAnswer;
}

/** The event as Bolt's receiver reads it without falling into its traps: plain text, a bare content type. */
function boltEvent(
  request: Received,
  muster: Request,
): Parameters<ReturnType<typeof boltHandler>>[0] & { muster: Request } {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/',
    rawQueryString: '',
    headers: {
      'content-type': request.contentType,
      'x-slack-request-timestamp': request.timestamp,
      'x-slack-signature': request.signature,
    },
    requestContext: {},
    body: muster.signed.body,
    isBase64Encoded: false,
    muster,
  };
}

function foreign(payload: ReceivedPayload): UrlAnswer {
  console.error('a signed request names another Slack app or workspace');
  if (payload.kind === 'command') return privately(NOT_OURS);
  if (payload.kind === 'submission' && payload.firstInput !== undefined) {
    return json({ response_action: 'errors', errors: { [payload.firstInput]: NOT_OURS } });
  }
  return plain(403, NOT_OURS);
}

/** Only a slash command's answer is shown to the person; for a button or dialog an error makes Slack say that it failed. */
function unverifiable({ body }: Received): UrlAnswer {
  const interaction = body.subarray(0, 8).toString() === 'payload=';
  return interaction ? plain(503, CANNOT_VERIFY) : privately(CANNOT_VERIFY);
}

/** Slack shows text to the person only with status 200. */
function privately(text: string): UrlAnswer {
  return json({ response_type: 'ephemeral', text });
}

function json(value: object): UrlAnswer {
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}
