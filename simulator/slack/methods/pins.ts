import { type Args, SlackApiError } from '../body.ts';
import { channelOf, type Method, type MethodCall, type Methods, needMember } from './method.ts';

/** Slack allows 100 pins in a channel; the error's name is not confirmed. https://docs.slack.dev/reference/methods/pins.add */
const PINS_MAX = 100;

const common = { scopes: ['pins:write'], limit: 'tier2', takesJson: true } as const;

function pinned(args: Args, call: MethodCall): { readonly channel: string; readonly ts: string } {
  const channel = channelOf(args, call);
  needMember(channel, call);
  const ts = args.required('timestamp', 'no_item_specified');
  const message = call.workspace.messages.find(channel.id, ts);
  if (message === undefined || message.ephemeralFor !== undefined) throw new SlackApiError('message_not_found');
  return { channel: channel.id, ts };
}

const add: Method = {
  ...common,
  run: (args, call) => {
    const { channel, ts } = pinned(args, call);
    const pins = call.workspace.pins(channel);
    if (pins.includes(ts)) throw new SlackApiError('already_pinned');
    if (pins.length >= PINS_MAX) throw new SlackApiError('too_many_pins');
    call.workspace.setPins(channel, [...pins, ts]);
    return {};
  },
};

const remove: Method = {
  ...common,
  run: (args, call) => {
    const { channel, ts } = pinned(args, call);
    const pins = call.workspace.pins(channel);
    if (!pins.includes(ts)) throw new SlackApiError('no_pin');
    call.workspace.setPins(
      channel,
      pins.filter((other) => other !== ts),
    );
    return {};
  },
};

export const PINS: Methods = { 'pins.add': add, 'pins.remove': remove };
