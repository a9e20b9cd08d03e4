import { type AllMiddlewareArgs, App, AwsLambdaReceiver, type BlockAction, LogLevel } from '@slack/bolt';
import { opensDialog } from '../../core/commands.ts';
import { needsWords } from '../../core/inbound.ts';
import type { Environment } from './environment.ts';
import { handOver, type Request, submit } from './hand-over.ts';
import { firstInputOf } from './payload.ts';
import { openLoadingView, replaceLoadingView, respondTo } from './slack-api.ts';
import { notHandedOver, notSubmitted } from './words.ts';

interface Secrets {
  readonly signingSecret: string;
  readonly botToken: string;
}

/**
 * Stock Bolt: its AwsLambdaReceiver verifies again, parses, dispatches and acknowledges. What it gets has been verified
 * already, and carries what the listeners need to know of the request as `muster`.
 */
export function boltHandler(env: Environment, secrets: Secrets): ReturnType<AwsLambdaReceiver['toHandler']> {
  const receiver = new AwsLambdaReceiver({
    signingSecret: secrets.signingSecret,
    // Debug would print whole requests, response_url included.
    logLevel: LogLevel.WARN,
    customPropertiesExtractor: (event) => ({ muster: (event as unknown as { muster: Request }).muster }),
  });
  const app = new App({
    receiver,
    // A token here would make Bolt call auth.test before its first answer.
    authorize: async () => ({ botToken: secrets.botToken }),
    tokenVerificationEnabled: false,
    attachFunctionToken: false,
    ignoreSelf: false,
    convoStore: false,
    logLevel: LogLevel.WARN,
  });
  listenToCommands(app, env, secrets.botToken);
  listenToButtons(app, env, secrets.botToken);
  listenToDialogs(app, env);
  return receiver.toHandler();
}

function listenToCommands(app: App, env: Environment, botToken: string): void {
  app.command(/^\//, async ({ ack, command, context }) => {
    const request = requestOf(context);
    const viewId = opensDialog(command.text)
      ? await openLoadingView(botToken, command.trigger_id, request.time.left_ms())
      : undefined;
    const handed = await handOver(env, 'command', 'command', request, viewId);
    if (handed.ok) return await ack();
    const text = notHandedOver(handed.effect);
    if (viewId !== undefined) await replaceLoadingView(botToken, viewId, text, request.time.left_ms());
    await ack({ response_type: 'ephemeral', text });
  });
}

function listenToButtons(app: App, env: Environment, botToken: string): void {
  app.action<BlockAction>({ type: 'block_actions', action_id: /.*/ }, async ({ ack, action, body, context }) => {
    const request = requestOf(context);
    const isDialog = needsWords(action.action_id);
    const viewId = isDialog ? await openLoadingView(botToken, body.trigger_id, request.time.left_ms()) : undefined;
    const handed = await handOver(env, isDialog ? 'command' : 'approve', 'action', request, viewId);
    if (handed.ok) return await ack();
    const text = notHandedOver(handed.effect);
    if (viewId !== undefined) await replaceLoadingView(botToken, viewId, text, request.time.left_ms());
    const told = body.response_url && (await respondTo(body.response_url, text, request.time.left_ms()));
    // Unacknowledged, Slack itself marks the button as failed: better than silence.
    if (told || viewId !== undefined) await ack();
  });
}

function listenToDialogs(app: App, env: Environment): void {
  app.view({ type: 'view_submission', callback_id: /.*/ }, async ({ ack, body, context }) => {
    const submitted = await submit(env, requestOf(context));
    if (submitted.ok) return submitted.answer === null ? await ack() : await ack(submitted.answer);
    const input = firstInputOf(body.view);
    // Without a field to write at, leaving it unacknowledged makes Slack say that it did not work.
    if (input !== undefined)
      await ack({ response_action: 'errors', errors: { [input]: notSubmitted(submitted.effect) } });
  });
  app.view({ type: 'view_closed', callback_id: /.*/ }, async ({ ack }) => await ack());
}

function requestOf(context: AllMiddlewareArgs['context']): Request {
  return context['muster'] as Request;
}
