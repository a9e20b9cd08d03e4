import type { ApplicationConfig } from '../../core/config/schema.ts';
import { verify as definition, type VerifiedData } from '../../core/steps/verify.ts';
import { type AlarmsSeen, seeAlarms } from '../adapters/alarms.ts';
import { capacityClient } from '../adapters/capacity.ts';
import { NEEDED } from '../adapters/clients.ts';
import { attempt } from '../adapters/errors.ts';
import { inAccountOf } from '../adapters/reach.ts';
import { ask, resolveAt, sleep, type WebAnswer } from '../adapters/web.ts';
import type { Decision, Step, StepContext } from '../runner/step.ts';

const ANSWER_MS = 3_000;

export interface Verification {
  /** The first thing that was wrong; undefined: nothing was. */
  readonly wrong: string | undefined;
  readonly checks: number;
  /** When a write was first served through the new answer, UTC; undefined: not configured, or not served. */
  readonly writtenAt: string | undefined;
  readonly alarms: AlarmsSeen;
}

/** Success is what users get: the health address through every resolver, N times in a row, then a write on the new writer. */
export const verify: Step<Verification, never, VerifiedData> = {
  definition,
  limit_s: (app) => app.verify.within_minutes * 60,
  atLimit: 'pause',
  observe: async (context) => {
    const { app } = context;
    const targets = attempt(unhealthyTargets(context));
    const none: AlarmsSeen = { ringing: [], missing: [] };
    let checks = 0;
    for (let nth = 0; nth < app.verify.inARow; nth += 1) {
      if (nth > 0) await sleep(app.verify.every_s * 1000);
      const wrong = await checkOnce(app);
      if (wrong !== undefined) return { wrong, checks, writtenAt: undefined, alarms: none };
      checks += 1;
    }
    const write = await checkWrite(app);
    const seen = await targets;
    // Looked at last: an alarm of the first minutes may have had time to clear.
    const alarms = await attempt(seeAlarms(context.operation.plan.to, inAccountOf(app, NEEDED), app.verify.alarms));
    const wrong =
      write.wrong ??
      (seen.ok ? seen.value : seen.failure.text) ??
      (alarms.ok ? sayRinging(alarms.value) : alarms.failure.text);
    return { wrong, checks, writtenAt: write.at, alarms: alarms.ok ? alarms.value : none };
  },
  decide: (seen, context) => decideVerification(seen, context.app),
  perform: () => Promise.resolve(),
};

export function decideVerification(
  seen: Verification,
  app: Pick<ApplicationConfig, 'verify'>,
): Decision<never, VerifiedData> {
  if (seen.wrong !== undefined) return { do: 'wait', why: seen.wrong };
  const wrote = seen.writtenAt === undefined ? 'no write address is configured' : 'a write was served';
  const checks = `${seen.checks} health checks in a row through ${app.verify.resolvers.join(', ')}`;
  return {
    do: 'done',
    outcome: 'done',
    detail: `${checks}; ${wrote}${sayMissing(seen.alarms)}`,
    data: { writtenAt: seen.writtenAt ?? null, checks: seen.checks },
  };
}

/** One look through every resolver; undefined: all well. */
async function checkOnce(app: ApplicationConfig): Promise<string | undefined> {
  const { verify: rules, traffic } = app;
  const found = await Promise.all(
    rules.resolvers.map(async (resolver) => {
      const [addresses, wanted] = await Promise.all([
        resolveAt(resolver, traffic.record, ANSWER_MS),
        resolveAt(resolver, traffic.standby.target, ANSWER_MS),
      ]);
      const [address] = addresses;
      if (address === undefined) return `${resolver} has no answer for ${traffic.record}`;
      if (!addresses.every((a) => wanted.includes(a)))
        return `${resolver} answers ${addresses.join(', ')}, not the standby`;
      const answer = await through('GET', rules.healthUrl, address);
      return typeof answer === 'string' ? answer : statusFault(rules.healthUrl, answer);
    }),
  );
  return found.find((fault) => fault !== undefined);
}

async function checkWrite(app: ApplicationConfig): Promise<{ wrong: string | undefined; at: string | undefined }> {
  const { writeUrl, resolvers } = app.verify;
  const [resolver] = resolvers;
  if (writeUrl === undefined || resolver === undefined) return { wrong: undefined, at: undefined };
  const [address] = await resolveAt(resolver, new URL(writeUrl).hostname, ANSWER_MS);
  if (address === undefined) return { wrong: `${resolver} has no answer for ${writeUrl}`, at: undefined };
  const answer = await through('POST', writeUrl, address);
  if (typeof answer === 'string') return { wrong: answer, at: undefined };
  const wrong = statusFault(writeUrl, answer);
  return { wrong, at: wrong === undefined ? answer.at : undefined };
}

const sayMissing = ({ missing }: AlarmsSeen): string =>
  missing.length === 0 ? '' : `; NOT CHECKED, no such alarm: ${missing.join(', ')}`;

const sayRinging = ({ ringing }: AlarmsSeen): string | undefined =>
  ringing.length === 0 ? undefined : `in alarm: ${ringing.join(', ')}`;

async function unhealthyTargets(context: StepContext): Promise<string | undefined> {
  const client = capacityClient(context.operation.plan.to, 'standby', inAccountOf(context.app, NEEDED));
  for (const service of context.app.services) {
    if (service.standby.targetGroupArn === undefined) continue;
    const seen = await client.observe(service);
    if ((seen.healthy ?? 0) === 0) return `no target of ${service.name} in ${seen.region} is healthy`;
  }
  return undefined;
}

async function through(method: 'GET' | 'POST', url: string, address: string): Promise<WebAnswer | string> {
  const result = await attempt(ask(method, url, address, ANSWER_MS));
  return result.ok ? result.value : `${url} at ${address}: ${result.failure.text}`;
}

const statusFault = (url: string, answer: WebAnswer): string | undefined =>
  answer.status >= 200 && answer.status < 300
    ? undefined
    : `${url} answered HTTP ${answer.status}: ${answer.body.slice(0, 120)}`;
