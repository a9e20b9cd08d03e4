import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import type { Outcome, SlackClient } from './client.ts';
import { clientErrors, entered, fieldsOf } from './inputs.ts';
import { objectsOf } from './json.ts';
import type { Change, Message, View } from './model.ts';
import { renderMessage, renderView, withNames } from './render.ts';
import { buttonIn, dispatches, type Matcher, matches, type Seen, sameButton, type Target } from './screen.ts';
import type { Workspace } from './state.ts';
import type { Slack } from './workspace.ts';

interface PersonOptions {
  readonly slack: Slack;
  readonly client: SlackClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly user: string;
  /** Where the person types. */
  readonly channel: string;
  /** Between seeing and acting; 2 to 8 s when not given. */
  readonly reaction_s?: { readonly low: number; readonly high: number };
  /** How long the person looks at the screen for an effect; 15 s when not given. */
  readonly patience_s?: number;
}

interface WaitOptions {
  /** 600 s when not given. */
  readonly timeout_s?: number;
}

interface ClickOptions extends WaitOptions {
  /** Only buttons of such messages count. */
  readonly in?: Matcher;
}

/** Thrown when the wait timed out; the message says what was on the screen. */
export class WaitTimedOut extends Error {
  override readonly name = 'WaitTimedOut';
}

/** A scripted person: reads the screen, reacts in seconds, and can only do what the screen offers. */
export class Person {
  readonly user: string;
  readonly name: string;
  readonly #options: PersonOptions;
  readonly #random: Random;

  constructor(options: PersonOptions) {
    const user = options.slack.workspace.user(options.user);
    if (user === undefined || user.deleted) throw new Error(`${options.user} cannot sign in to this workspace`);
    this.user = options.user;
    this.name = user.name;
    this.#options = options;
    this.#random = options.random.split(`person:${user.name}`);
  }

  /** Types a line and returns what the person sees afterwards. */
  async type(line: string): Promise<Seen> {
    await this.#react();
    const { channel, client } = this.#options;
    if (!this.#workspace.channel(channel)?.members.includes(this.user))
      throw new Error(`${this.name} is not in ${channel}`);
    return this.#watch(() => client.command(this.user, channel, line), undefined);
  }

  /** The open dialog, once its rendering matches. */
  waitForModal(matcher: string | RegExp = '', options: WaitOptions = {}): Promise<View> {
    const find = (): View | undefined => {
      const view = this.#workspace.views.top(this.user);
      return view !== undefined && matches(this.read(view), matcher) ? view : undefined;
    };
    return this.#waitFor(find, `a dialog${matcher === '' ? '' : ` with ${matcher}`}`, options);
  }

  waitForMessage(matcher: Matcher, options: WaitOptions = {}): Promise<Message> {
    const what = typeof matcher === 'function' ? 'a certain message' : `a message with ${matcher}`;
    return this.#waitFor(() => this.messages().findLast((message) => this.#matches(message, matcher)), what, options);
  }

  /** Fills a field of the open dialog, found by its label, block id or action id. */
  async fill(field: string, value: string | readonly string[]): Promise<void> {
    await this.#react();
    const { views } = this.#workspace;
    const view = this.#openView();
    const found = fieldsOf(objectsOf(view.content, 'blocks')).find((f) =>
      [f.label, f.blockId, f.actionId].includes(field),
    );
    if (found === undefined) throw new Error(`${this.name} found no field '${field}' in:\n${this.read(view)}`);
    const state = entered(found.element, value);
    if (state === undefined)
      throw new Error(`${this.name} could not choose '${value}' for '${field}' in:\n${this.read(view)}`);
    const draft = { ...view.draft, [found.blockId]: { ...view.draft[found.blockId], [found.actionId]: state } };
    const filled = views.draft(view, draft);
    if (dispatches(found)) {
      const acted = { user: this.user, blockId: found.blockId, element: found.element, chosen: state };
      await this.#options.client.act(acted, filled);
    }
  }

  /** Presses the dialog's submit button. Slack's own client refuses incomplete fields without asking the app. */
  async submit(): Promise<Seen> {
    await this.#react();
    const view = this.#openView();
    if (view.content['submit'] === undefined)
      throw new Error(`${this.name} found nothing to submit in:\n${this.read(view)}`);
    const errors = clientErrors(objectsOf(view.content, 'blocks'), view.draft);
    if (Object.keys(errors).length > 0) return this.#errorsSeen(this.#workspace.views.showErrors(view, errors));
    return this.#watch(() => this.#options.client.submit(view), view);
  }

  /** Closes the open dialog without submitting. */
  async dismiss(): Promise<void> {
    await this.#react();
    await this.#options.client.close(this.#openView());
  }

  /**
   * Clicks the button with this label or action id, on the newest message that shows it, or in the open dialog; a
   * confirmation dialog is accepted as part of the click. A button that disappears during the person's reaction time is
   * not clicked: the person keeps waiting.
   */
  async click(button: string, options: ClickOptions = {}): Promise<Seen> {
    const deadline_ms = this.#options.clock.now_ms() + (options.timeout_s ?? 600) * 1000;
    for (;;) {
      const left_s = Math.max(0, (deadline_ms - this.#options.clock.now_ms()) / 1000);
      const seen = await this.#waitFor(() => this.#button(button, options.in), `a button '${button}'`, {
        timeout_s: left_s,
        said_s: options.timeout_s ?? 600,
      });
      await this.#react();
      const still = this.#button(button, options.in);
      if (still === undefined || !sameButton(still, seen)) continue;
      const acted = { user: this.user, blockId: still.blockId, element: still.element };
      return this.#watch(() => this.#options.client.act(acted, still.surface), still.surface);
    }
  }

  /** Everything that this person can read now. */
  messages(): readonly Message[] {
    return this.#workspace.visibleTo(this.user);
  }

  screen(): string {
    const modal = this.#workspace.views.top(this.user);
    const rendered = this.messages().map((message) => {
      const channel = this.#workspace.channel(message.channel)?.name ?? message.channel;
      return `#${channel}${message.thread_ts === undefined ? '' : ' (thread)'}\n${this.read(message)}`;
    });
    return [...rendered, ...(modal === undefined ? [] : [this.read(modal)])].join('\n\n') || '(nothing)';
  }

  /** A message or a dialog as this person reads it, with names for ids. */
  read(surface: Message | View): string {
    const rendered = 'ts' in surface ? renderMessage(surface) : renderView(surface);
    return withNames(rendered, this.#workspace.spec);
  }

  #matches(message: Message, matcher: Matcher): boolean {
    return typeof matcher === 'function' ? matcher(message) : matches(this.read(message), matcher);
  }

  #errorsSeen(view: View): Seen {
    return { kind: 'errors', text: this.read(view), errors: view.errors };
  }

  get #workspace(): Workspace {
    return this.#options.slack.workspace;
  }

  #openView(): View {
    const view = this.#workspace.views.top(this.user);
    if (view === undefined) throw new Error(`${this.name} has no dialog open, and sees:\n${this.screen()}`);
    return view;
  }

  #react(): Promise<void> {
    const { low, high } = this.#options.reaction_s ?? { low: 2, high: 8 };
    return this.#options.clock.sleep(this.#random.between(low, high) * 1000);
  }

  #button(label: string, matcher: Matcher | undefined): Target | undefined {
    const modal = this.#workspace.views.top(this.user);
    // An open dialog covers what is behind it.
    if (modal !== undefined) return buttonIn(modal, objectsOf(modal.content, 'blocks'), label);
    const wanted = this.messages().filter((message) => matcher === undefined || this.#matches(message, matcher));
    return wanted.map((message) => buttonIn(message, message.blocks, label)).findLast((target) => target !== undefined);
  }

  /** Resolves as soon as `find` returns something; it is called at every change. The only timer is the time limit. */
  #waitFor<T>(
    find: () => T | undefined,
    what: string,
    options: WaitOptions & { readonly said_s?: number },
  ): Promise<T> {
    const timeout_s = options.timeout_s ?? 600;
    return new Promise<T>((resolve, reject) => {
      const now = find();
      if (now !== undefined) {
        resolve(now);
        return;
      }
      const timer = this.#options.clock.after(timeout_s * 1000, () => {
        stop();
        const waited = `${this.name} waited ${options.said_s ?? timeout_s} s for ${what} and saw:\n${this.screen()}`;
        reject(new WaitTimedOut(waited));
      });
      const stop = this.#workspace.onChange(() => {
        const found = find();
        if (found === undefined) return;
        timer.cancel();
        stop();
        resolve(found);
      });
    });
  }

  /** Does something and watches the screen until it changes for this person, at most `patience_s`. */
  #watch(act: () => Promise<Outcome>, surface: Message | View | undefined): Promise<Seen> {
    const patience_ms = (this.#options.patience_s ?? 15) * 1000;
    return new Promise<Seen>((resolve, reject) => {
      const finish = (seen: Seen): void => {
        timer.cancel();
        stop();
        resolve(seen);
      };
      const stop = this.#workspace.onChange((change) => {
        const seen = this.#noticed(change, surface);
        if (seen !== undefined) finish(seen);
      });
      const timer = this.#options.clock.after(patience_ms, () => finish({ kind: 'nothing', text: '' }));
      act().catch((error: unknown) => {
        timer.cancel();
        stop();
        reject(error instanceof Error ? error : new Error(String(error)));
      });
    });
  }

  #noticed(change: Change, surface: Message | View | undefined): Seen | undefined {
    switch (change.kind) {
      case 'notice':
        return change.notice.user === this.user
          ? { kind: 'error', text: change.notice.text, notice: change.notice }
          : undefined;
      case 'view':
        return change.user === this.user ? this.#viewNoticed(change.viewId) : undefined;
      case 'message':
        return this.#messageNoticed(change.message, surface);
      case 'pins':
        return undefined;
    }
  }

  #viewNoticed(viewId: string): Seen | undefined {
    const top = this.#workspace.views.top(this.user);
    if (top === undefined) return { kind: 'closed', text: '' };
    if (top.id !== viewId && this.#workspace.views.find({ viewId }) !== undefined) return undefined;
    return Object.keys(top.errors).length > 0
      ? this.#errorsSeen(top)
      : { kind: 'modal', text: this.read(top), view: top };
  }

  #messageNoticed(message: Message, surface: Message | View | undefined): Seen | undefined {
    const text = message.deleted ? '' : this.read(message);
    if (message.ephemeralFor === this.user) return { kind: 'ephemeral', text, message };
    const clicked =
      surface !== undefined && 'ts' in surface && surface.ts === message.ts && surface.channel === message.channel;
    return clicked ? { kind: 'message', text, message } : undefined;
  }
}
