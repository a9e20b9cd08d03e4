import type { Json } from '../../../simulator/slack/json.ts';
import { actions, button, section, type World } from './world.ts';

export const plain = (text: string) => ({ type: 'plain_text' as const, text });

export const dialog: Json = {
  type: 'modal',
  callback_id: 'promote',
  private_metadata: 'op-1',
  title: plain('Promote shop'),
  submit: plain('Ask for approval'),
  blocks: [
    section('Expected data loss: 4 s'),
    {
      type: 'input',
      block_id: 'region',
      label: plain('Target region'),
      element: { type: 'plain_text_input', action_id: 'typed', max_length: 20 },
    },
    {
      type: 'input',
      block_id: 'kind',
      label: plain('Kind'),
      element: {
        type: 'static_select',
        action_id: 'chosen',
        options: ['switchover', 'failover'].map((kind) => ({ text: plain(kind), value: kind })),
      },
    },
  ],
};

export const never = () => new Promise<never>(() => undefined);

/** Messages of the app in the channel, in whatever world `world` gives at the time. */
export function messagesIn(world: () => World) {
  const request = (blocks: readonly Json[], text = 'Promote shop?') =>
    world().slack.workspace.messages.post({
      channel: 'C0DR',
      user: 'U0MUSTERBOT',
      fromApp: true,
      text,
      blocks,
      by: 'test',
    });
  const vote = () =>
    request([section('<@U0ANA> asks to *promote* shop'), actions(button('Approve', 'approve', { value: 'op-1' }))]);
  return { request, vote };
}
