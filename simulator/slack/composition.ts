import { anything, boolean, list, matching, oneOf, type Rule, shape, string, tagged } from './schema.ts';

/** Composition objects: https://docs.slack.dev/reference/block-kit/composition-objects */

/** A text object; a wrong one is reported twice, as Slack does: that no schema matched, and why. */
function textObject(kinds: Readonly<Record<string, Rule>>): Rule {
  const rule = tagged(kinds);
  return (value, at, report) => {
    const wrong: [string, string][] = [];
    rule(value, at, (complaint, pointer) => wrong.push([complaint, pointer]));
    if (wrong.length > 0) report('failed to match all allowed schemas', at);
    for (const [complaint, pointer] of wrong) report(complaint, pointer);
  };
}

const plainShape = (max: number, min: number): Rule =>
  shape({ type: anything, text: string({ min, max }) }, { emoji: boolean });
const mrkdwnShape = (max: number): Rule =>
  shape({ type: anything, text: string({ min: 1, max }) }, { verbatim: boolean });

export const plain = (max: number, min = 1): Rule => textObject({ plain_text: plainShape(max, min) });
export const words = (max: number): Rule => textObject({ plain_text: plainShape(max, 1), mrkdwn: mrkdwnShape(max) });

export const id = string({ min: 1, max: 255 });
export const url =
  (max: number): Rule =>
  (value, at, report) => {
    string({ min: 1, max })(value, at, report);
    matching(/^(https?|slack|mailto|tel):/, 'a valid URL')(value, at, report);
  };

export const confirmation = shape(
  { text: words(300) },
  // The documentation demands title, confirm and deny; Slack's own types leave them optional.
  { title: plain(100), confirm: plain(30), deny: plain(30), style: oneOf('primary', 'danger') },
);

const option = (label: Rule): Rule =>
  shape({ text: label, value: string({ min: 1, max: 75 }) }, { description: words(75), url: url(3000) });
export const plainOption = option(plain(75));
export const richOption = option(words(75));
export const optionGroup = shape({ label: plain(75), options: list(plainOption, { min: 1, max: 100 }) });

export const image = {
  image_url: url(3000),
  slack_file: shape({}, { id: string({ min: 1 }), url: string({ min: 1 }) }),
} as const;
