import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import type { Json } from './json.ts';
import { withIds } from './messages.ts';
import type { Change, Draft, View } from './model.ts';

/** Slack allows at most three views in a stack: https://docs.slack.dev/surfaces/modals */
const STACK_MAX = 3;

/** Modals, a stack for each person (the last is on top), and Home tabs. */
export class Views {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #changed: (change: Change) => void;
  readonly #stacks = new Map<string, readonly View[]>();
  readonly #homes = new Map<string, View>();

  constructor(clock: Clock, random: Random, changed: (change: Change) => void) {
    this.#clock = clock;
    this.#random = random;
    this.#changed = changed;
  }

  stack(user: string): readonly View[] {
    return this.#stacks.get(user) ?? [];
  }

  top(user: string): View | undefined {
    return this.stack(user).at(-1);
  }

  home(user: string): View | undefined {
    return this.#homes.get(user);
  }

  find(by: { readonly viewId?: string; readonly externalId?: string }): View | undefined {
    const all = [...[...this.#stacks.values()].flat(), ...this.#homes.values()];
    return all.find((view) =>
      by.viewId !== undefined ? view.id === by.viewId : view.content['external_id'] === by.externalId,
    );
  }

  /** Replaces a dialog that is still open: a person has one stack. */
  open(user: string, content: Json): View {
    const view = this.#made(user, 'modal', content, undefined);
    this.#show(user, [view], view.id);
    return view;
  }

  /** Undefined when the stack is full. */
  push(user: string, content: Json): View | undefined {
    const stack = this.stack(user);
    if (stack.length >= STACK_MAX) return undefined;
    const view = this.#made(user, 'modal', content, stack.at(-1));
    this.#show(user, [...stack, view], view.id);
    return view;
  }

  publish(user: string, content: Json): View {
    const before = this.#homes.get(user);
    const made = this.#made(user, 'home', content, undefined);
    const view = before === undefined ? made : { ...made, id: before.id, rootViewId: before.id, draft: before.draft };
    this.#homes.set(user, view);
    this.#changed({ kind: 'view', user, viewId: view.id });
    return view;
  }

  update(view: View, content: Json): View {
    return this.#replace({ ...view, content: this.#filled(content), hash: this.#hash(), errors: {} });
  }

  showErrors(view: View, errors: Readonly<Record<string, string>>): View {
    return this.#replace({ ...view, errors });
  }

  draft(view: View, draft: Draft): View {
    return this.#replace({ ...view, draft });
  }

  /** Takes one view off the screen, wherever in the stack it is. */
  close(view: View): void {
    this.#show(
      view.user,
      this.stack(view.user).filter((other) => other.id !== view.id),
      view.id,
    );
  }

  clear(user: string): void {
    const top = this.top(user);
    if (top !== undefined) this.#show(user, [], top.id);
  }

  #made(user: string, type: 'modal' | 'home', content: Json, below: View | undefined): View {
    const id = `V${this.#random.hex(10).toUpperCase()}`;
    return {
      id,
      user,
      type,
      content: this.#filled(content),
      hash: this.#hash(),
      rootViewId: below?.rootViewId ?? id,
      previousViewId: below?.id ?? null,
      draft: {},
      errors: {},
    };
  }

  #filled(content: Json): Json {
    const blocks = Array.isArray(content['blocks']) ? content['blocks'] : [];
    return { ...content, blocks: withIds(blocks, this.#random) };
  }

  #hash(): string {
    return `${Math.floor(this.#clock.now_ms() / 1000)}.${this.#random.hex(8)}`;
  }

  #replace(view: View): View {
    if (view.type === 'home') {
      this.#homes.set(view.user, view);
      this.#changed({ kind: 'view', user: view.user, viewId: view.id });
      return view;
    }
    const stack = this.stack(view.user).map((other) => (other.id === view.id ? view : other));
    this.#show(view.user, stack, view.id);
    return view;
  }

  #show(user: string, stack: readonly View[], viewId: string): void {
    this.#stacks.set(user, stack);
    this.#changed({ kind: 'view', user, viewId });
  }
}
