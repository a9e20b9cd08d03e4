import { invokeApprove } from '../adapters/functions.ts';
import type { Handler } from './handler.ts';

/** A vote: `approve` alone may write it down, and reads the command again from what Slack signed. */
export const abort: Handler<'abort'> = async (context, _, request) => {
  await invokeApprove(context.environment, request.inbound, 'Event');
};
