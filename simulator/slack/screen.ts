import { interactiveElements } from './blocks.ts';
import type { Field } from './inputs.ts';
import { type Json, stringOf, wordsOf } from './json.ts';
import type { Message, Notice, View } from './model.ts';

/** What a person sees after doing something. `nothing`: the screen did not change in time. */
export type Seen =
  | { readonly kind: 'ephemeral' | 'message'; readonly text: string; readonly message: Message }
  | { readonly kind: 'modal'; readonly text: string; readonly view: View }
  | { readonly kind: 'closed'; readonly text: string }
  | { readonly kind: 'errors'; readonly text: string; readonly errors: Readonly<Record<string, string>> }
  | { readonly kind: 'error'; readonly text: string; readonly notice: Notice }
  | { readonly kind: 'nothing'; readonly text: string };

export type Matcher = string | RegExp | ((message: Message) => boolean);

/** A button on the screen. */
export interface Target {
  readonly surface: Message | View;
  readonly blockId: string;
  readonly element: Json;
}

/** Fields outside of input blocks notify the app at once, those inside only when the block says so. */
export function dispatches(field: Field): boolean {
  return field.block['type'] !== 'input' || field.block['dispatch_action'] === true;
}

export function buttonIn(surface: Message | View, blocks: readonly Json[], label: string): Target | undefined {
  for (const block of blocks) {
    for (const element of interactiveElements(block)) {
      if (element['type'] !== 'button') continue;
      if (wordsOf(element['text']) !== label && element['action_id'] !== label) continue;
      return { surface, blockId: stringOf(block, 'block_id') ?? '', element };
    }
  }
  return undefined;
}

export function sameButton(a: Target, b: Target): boolean {
  const where = (t: Target): string => ('ts' in t.surface ? `${t.surface.channel}/${t.surface.ts}` : t.surface.id);
  return (
    where(a) === where(b) &&
    a.element['action_id'] === b.element['action_id'] &&
    a.element['value'] === b.element['value']
  );
}

export function matches(text: string, matcher: string | RegExp): boolean {
  return typeof matcher === 'string' ? text.includes(matcher) : matcher.test(text);
}
