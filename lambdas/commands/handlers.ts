import type { CommandName, CommandOf } from '../../core/commands.ts';
import type { RequestContext } from '../context.ts';
import { abort } from './abort.ts';
import type { CommandRequest, Handler } from './handler.ts';
import { help } from './help.ts';
import { promote } from './promote.ts';
import { status } from './status.ts';

/** The handler of each row of `COMMANDS`: a row without one does not compile. */
export const HANDLERS: { readonly [Name in CommandName]: Handler<Name> } = { status, promote, abort, help };

export function handle<Name extends CommandName>(
  context: RequestContext,
  command: CommandOf<Name>,
  request: CommandRequest,
): Promise<void> {
  return HANDLERS[command.name](context, command, request);
}
