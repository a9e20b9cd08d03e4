import type { Identity } from '../../core/approvals.ts';
import type { CommandName, CommandOf } from '../../core/commands.ts';
import type { Inbound } from '../../core/inbound.ts';
import type { CommandPayload } from '../adapters/slack-payloads.ts';
import type { RequestContext } from '../context.ts';

/** A command that was understood, and whose role was checked (../command.ts). */
export interface CommandRequest {
  readonly payload: CommandPayload;
  /** As it arrived, for handing it on. */
  readonly inbound: Inbound;
  /** The dialog that the receiver opened, if the command has one and Slack would. */
  readonly viewId: string | undefined;
  /** Undefined: the command's role is `anyone`, or it is a vote, which `approve` judges. */
  readonly person: Identity | undefined;
}

export type Handler<Name extends CommandName> = (
  context: RequestContext,
  command: CommandOf<Name>,
  request: CommandRequest,
) => Promise<void>;
