import { helpText } from '../../core/commands.ts';
import { entities } from '../../core/messages/block-kit.ts';
import { answer } from './answer.ts';
import type { Handler } from './handler.ts';

export const help: Handler<'help'> = (context, { about }, request) =>
  answer(context, request, entities(helpText(about)));
