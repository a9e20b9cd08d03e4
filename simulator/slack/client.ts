import type { Clock } from '../clock.ts';
import { type Caller, type Network, NetworkFailure, type WireRequest, type WireResponse } from '../wire.ts';
import { complaintsOfBlocks, complaintsOfView } from './blocks.ts';
import { parsed, text } from './body.ts';
import { isObject, type Json, objectOf, objectsOf, stringOf } from './json.ts';
import type { Message, Notice, View } from './model.ts';
import {
  type Acted,
  commandBody,
  commandForm,
  interactionBody,
  messageAction,
  viewAction,
  viewClosed,
  viewSubmission,
} from './payloads.ts';
import { respond } from './response-url.ts';
import { headersOf } from './signature.ts';
import type { Workspace } from './state.ts';
import type { Slack } from './workspace.ts';

/** An app has 3 s to answer: https://docs.slack.dev/interactivity/handling-user-interaction#acknowledgment_response */
const ANSWER_LIMIT_MS = 3_000;

const CALLER: Caller = { name: 'slack', region: undefined };

interface ClientOptions {
  readonly slack: Slack;
  readonly network: Network;
  readonly clock: Clock;
  /** The app's request URL, the same for commands and interactions. */
  readonly requestUrl: URL;
}

/** The outcome of a person's action: delivered to the app (the rest is on the screen), or an error shown by Slack. */
export type Outcome = { readonly kind: 'delivered' } | { readonly kind: 'failed'; readonly notice: Notice };

const DELIVERED: Outcome = { kind: 'delivered' };

type Answer = { readonly response: WireResponse } | { readonly failure: 'timeout' | 'unreachable' };

/** Slack towards the app: what people do becomes signed requests, and the app's answers become what they see. */
export class SlackClient {
  /** The last request sent, to be replayed or tampered with. */
  lastRequest: WireRequest | undefined;
  readonly #slack: Slack;
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #requestUrl: URL;

  constructor(options: ClientOptions) {
    this.#slack = options.slack;
    this.#network = options.network;
    this.#clock = options.clock;
    this.#requestUrl = options.requestUrl;
  }

  /** A line typed into a conversation: `/dr promote shop`. */
  async command(user: string, channel: string, line: string, inThread = false): Promise<Outcome> {
    const { spec } = this.#workspace;
    const [command = '', ...rest] = line.trim().split(' ');
    const typed = rest.join(' ').trim();
    if (!this.#reachable()) return this.#offline(user);
    if (!spec.commands.includes(command)) return this.#says(user, 'slackbot', `${command} is not a valid command.`);
    if (inThread) return this.#says(user, 'slackbot', `${command} is not supported in threads. Sorry!`);
    const words = spec.shouldEscape ? escaped(typed, this.#workspace) : typed;
    const form = commandForm({ user, channel, command, text: words }, this.#workspace);
    const answer = await this.#send(commandBody(form));
    if ('failure' in answer) {
      const code = answer.failure === 'timeout' ? 'operation_timeout' : 'dispatch_failed';
      return this.#says(user, code, `${command} failed with the error "${code}"`);
    }
    return this.#commandAnswered(user, channel, command, answer.response);
  }

  /** A click or a choice in a message, as it is on the screen of `user` (who may see an older one). */
  async act(acted: Acted, surface: Message | View): Promise<Outcome> {
    if (!this.#reachable()) return this.#offline(acted.user);
    const inView = 'rootViewId' in surface;
    const payload = inView
      ? viewAction(acted, surface, this.#workspace)
      : messageAction(acted, surface, this.#workspace);
    const answer = await this.#send(interactionBody(payload));
    if ('response' in answer && succeeded(answer.response)) return DELIVERED;
    return this.#triangle(acted.user, answer);
  }

  async submit(view: View): Promise<Outcome> {
    if (!this.#reachable()) return this.#offline(view.user);
    const answer = await this.#send(interactionBody(viewSubmission(view, this.#workspace)));
    if ('failure' in answer || !succeeded(answer.response)) return this.#trouble(view);
    return this.#submissionAnswered(view, text(answer.response.body));
  }

  /** The person closes the top dialog, or all dialogs (`cleared`). */
  async close(view: View, cleared = false): Promise<Outcome> {
    const { views } = this.#workspace;
    if (cleared) views.clear(view.user);
    else views.close(view);
    if (view.content['notify_on_close'] !== true || !this.#reachable()) return DELIVERED;
    await this.#send(interactionBody(viewClosed(view, cleared, this.#workspace)));
    return DELIVERED;
  }

  get #workspace(): Workspace {
    return this.#slack.workspace;
  }

  #reachable(): boolean {
    return this.#slack.faults.reachable(this.#clock.now_ms());
  }

  #offline(user: string): Outcome {
    return this.#says(user, 'slack_unreachable', 'Slack is having trouble. Your message was not sent.');
  }

  #says(user: string, code: string, words: string): Outcome {
    return { kind: 'failed', notice: this.#workspace.notify(user, code, words) };
  }

  /** Signs and sends; Slack gives up after 3 s and tells nobody why. Interactions are never sent again. */
  async #send(body: string): Promise<Answer> {
    const timestamp_s = Math.floor(this.#clock.now_ms() / 1000);
    const headers = headersOf({ body, secret: this.#workspace.spec.signingSecret, timestamp_s });
    const gaveUp = new AbortController();
    const request: WireRequest = {
      method: 'POST',
      url: this.#requestUrl,
      headers: { host: this.#requestUrl.host, ...headers },
      body: new TextEncoder().encode(body),
      signal: gaveUp.signal,
    };
    this.lastRequest = request;
    return new Promise<Answer>((resolve, reject) => {
      const timer = this.#clock.after(ANSWER_LIMIT_MS, () => {
        gaveUp.abort();
        resolve({ failure: 'timeout' });
      });
      this.#network.send(request, CALLER).then(
        (response) => {
          timer.cancel();
          resolve({ response });
        },
        (error: unknown) => {
          timer.cancel();
          if (error instanceof NetworkFailure || gaveUp.signal.aborted) resolve({ failure: 'unreachable' });
          else reject(error);
        },
      );
    });
  }

  #commandAnswered(user: string, channel: string, command: string, response: WireResponse): Outcome {
    if (!succeeded(response))
      return this.#says(user, 'dispatch_failed', `${command} failed with the error "dispatch_failed"`);
    const body = text(response.body);
    if (body === '') return DELIVERED;
    const isJson = (response.headers['content-type'] ?? '').startsWith('application/json');
    const answer = isJson ? parsed(body) : { text: body };
    const shown =
      isObject(answer) && (stringOf(answer, 'text') !== undefined || objectsOf(answer, 'blocks').length > 0);
    if (!shown || complaintsOfBlocks(answer['blocks'] ?? [], 'message', '/blocks').length > 0) {
      return this.#says(
        user,
        'invalid_command_response',
        `${command} failed with the error "invalid_command_response"`,
      );
    }
    respond(answer, { user, channel }, this.#workspace, 'answer to the command');
    return DELIVERED;
  }

  /** https://docs.slack.dev/surfaces/modals#response_actions */
  #submissionAnswered(view: View, body: string): Outcome {
    const { views } = this.#workspace;
    const answer = body.trim() === '' ? {} : parsed(body);
    if (!isObject(answer)) return this.#trouble(view);
    const action = stringOf(answer, 'response_action');
    if (action === undefined) {
      if (Object.keys(answer).length > 0) return this.#trouble(view);
      views.close(view);
      return DELIVERED;
    }
    if (action === 'clear') {
      views.clear(view.user);
      return DELIVERED;
    }
    if (action === 'errors') return this.#fieldErrors(view, objectOf(answer, 'errors') ?? {});
    return this.#nextView(view, action, answer['view']);
  }

  #fieldErrors(view: View, errors: Json): Outcome {
    const inputs = objectsOf(view.content, 'blocks').filter((block) => block['type'] === 'input');
    const known = inputs.map((block) => block['block_id']);
    const entries = Object.entries(errors).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    const fit =
      entries.length > 0 &&
      entries.length === Object.keys(errors).length &&
      entries.every(([id]) => known.includes(id));
    if (!fit) return this.#trouble(view);
    this.#workspace.views.showErrors(view, Object.fromEntries(entries));
    return DELIVERED;
  }

  #nextView(view: View, action: string, content: unknown): Outcome {
    const { views } = this.#workspace;
    if (!isObject(content) || complaintsOfView(content, 'modal').length > 0) return this.#trouble(view);
    if (action === 'update') {
      views.update(view, content);
      return DELIVERED;
    }
    if (action === 'push' && views.push(view.user, content) !== undefined) return DELIVERED;
    return this.#trouble(view);
  }

  /** What Slack shows in a dialog for a timeout, an HTTP error and a wrong answer alike; the dialog stays. */
  #trouble(view: View): Outcome {
    return this.#says(view.user, 'view_trouble', 'We had some trouble connecting. Try again?');
  }

  /** The warning triangle beside a button. */
  #triangle(user: string, answer: Answer): Outcome {
    if ('response' in answer) {
      return this.#says(user, 'action_failed', `This app responded with Status Code ${answer.response.status}.`);
    }
    if (answer.failure === 'timeout') {
      return this.#says(user, 'operation_timeout', 'Operation timed out. Apps need to respond within 3 seconds.');
    }
    return this.#says(user, 'action_failed', 'This app could not be reached.');
  }
}

function succeeded(response: WireResponse): boolean {
  return response.status >= 200 && response.status < 300;
}

/** `should_escape`: users and channels become `<@U…|name>` and `<#C…|name>`, and the three control characters entities. */
function escaped(typed: string, workspace: Workspace): string {
  const { users, channels } = workspace.spec;
  return typed
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/(^|\s)@([\w.-]+)/g, (whole, space: string, name: string) => {
      const user = users.find((u) => u.name === name);
      return user === undefined ? whole : `${space}<@${user.id}|${name}>`;
    })
    .replace(/(^|\s)#([\w-]+)/g, (whole, space: string, name: string) => {
      const channel = channels.find((c) => c.name === name && c.kind === 'public');
      return channel === undefined ? whole : `${space}<#${channel.id}|${name}>`;
    });
}
