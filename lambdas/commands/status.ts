import { owner } from '../../core/fence.ts';
import { SELF_TEST } from '../../core/kinds.ts';
import { selfTestLine } from '../../core/messages/self-test.ts';
import { statusText } from '../../core/messages/status.ts';
import type { RequestContext } from '../context.ts';
import { observe } from '../observe.ts';
import { recentOperations } from '../reconciler/world.ts';
import { answer } from './answer.ts';
import type { Handler } from './handler.ts';

/** Of one application or of all, and of the self-test. */
export const status: Handler<'status'> = async (context, { application }, request) => {
  const names = application === undefined ? Object.keys(context.config.applications) : [application];
  const texts = await Promise.all(names.map((name) => statusOf(context, name)));
  const tests = await recentOperations(context.ledger, SELF_TEST);
  await answer(context, request, [...texts, selfTestLine(tests.recent, new Date().toISOString())].join('\n\n'));
};

async function statusOf({ config, ledger }: RequestContext, name: string): Promise<string> {
  const app = config.applications[name];
  if (app === undefined) return '';
  const [topology, { recent }] = await Promise.all([observe(name, app), recentOperations(ledger, name)]);
  const holder = recent[0]?.ended === undefined ? recent[0] : undefined;
  return statusText(topology, config, app, holder, owner(recent.filter((one) => one !== holder)));
}
