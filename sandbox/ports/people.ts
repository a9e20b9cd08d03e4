import * as v from 'valibot';
import { type Person, WaitTimedOut } from '../../simulator/slack/person.ts';
import type { Seen } from '../../simulator/slack/screen.ts';
import type { World } from '../world/world.ts';
import { Refused } from './answer.ts';

const Timeout = v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(3600)), 60);
/** One action a request, as a scripted person does it: reading and reacting take seconds of the sandbox's time. */
const Action = v.union(
  [
    v.strictObject({ type: v.pipe(v.string(), v.maxLength(4000)) }),
    v.strictObject({ fill: v.record(v.string(), v.union([v.string(), v.array(v.string())])) }),
    v.strictObject({ submit: v.literal(true) }),
    v.strictObject({ dismiss: v.literal(true) }),
    v.strictObject({ click: v.string(), timeout_s: Timeout }),
    v.strictObject({ waitForDialog: v.string(), timeout_s: Timeout }),
    v.strictObject({ waitForMessage: v.string(), timeout_s: Timeout }),
  ],
  'one of {"type": line}, {"fill": {field: value}}, {"submit": true}, {"dismiss": true}, {"click": button}, {"waitForDialog": words}, {"waitForMessage": words}',
);

/** What the person saw: `ephemeral`, `message`, `modal`, `closed`, `errors`, `error` or `nothing`. */
interface Sight {
  readonly kind: Seen['kind'] | 'done';
  readonly text: string;
}

export interface People {
  names(): readonly { readonly id: string; readonly name: string }[];
  /** All that a person has on the screen. Throws Refused for one who cannot sign in. */
  screen(user: string): string;
  act(user: string, body: unknown): Promise<Sight>;
}

/** The workspace's people, controlled by hand. */
export function createPeople(world: World): People {
  const known = new Map<string, Person>();
  const personOf = (user: string): Person => {
    const found = known.get(user);
    if (found !== undefined) return found;
    const account = world.slack.workspace.user(user);
    if (account === undefined || account.deleted === true || account.isBot === true)
      throw new Refused(404, `${user} cannot sign in to this workspace; GET /people lists who can`);
    const person = world.person(user);
    known.set(user, person);
    return person;
  };
  return {
    names: () =>
      world.slack.workspace.spec.users
        .filter((user) => user.deleted !== true && user.isBot !== true)
        .map(({ id, name }) => ({ id, name })),
    screen: (user) => personOf(user).screen(),
    act: async (user, body) => {
      const person = personOf(user);
      const parsed = v.safeParse(Action, body);
      if (!parsed.success) throw new Refused(400, parsed.issues.map((issue) => issue.message).join('; '));
      try {
        return await act(person, parsed.output);
      } catch (error) {
        if (!isTold(error)) throw error;
        throw new Refused(409, error.message);
      }
    },
  };
}

async function act(person: Person, wanted: v.InferOutput<typeof Action>): Promise<Sight> {
  if ('type' in wanted) return sight(await person.type(wanted.type));
  if ('submit' in wanted) return sight(await person.submit());
  if ('click' in wanted) return sight(await person.click(wanted.click, { timeout_s: wanted.timeout_s }));
  if ('waitForDialog' in wanted) {
    const view = await person.waitForModal(wanted.waitForDialog, { timeout_s: wanted.timeout_s });
    return { kind: 'modal', text: person.read(view) };
  }
  if ('waitForMessage' in wanted) {
    const message = await person.waitForMessage(wanted.waitForMessage, { timeout_s: wanted.timeout_s });
    return { kind: 'message', text: person.read(message) };
  }
  if ('dismiss' in wanted) await person.dismiss();
  else for (const [field, value] of Object.entries(wanted.fill)) await person.fill(field, value);
  return { kind: 'done', text: '' };
}

const sight = ({ kind, text }: Seen): Sight => ({ kind, text });

/** `Person` throws a plain Error for what the screen does not offer; any other class is a defect of the sandbox. */
function isTold(error: unknown): error is Error {
  return error instanceof WaitTimedOut || (error instanceof Error && error.constructor === Error);
}
