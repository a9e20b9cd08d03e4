import { complaintsOfView } from '../blocks.ts';
import { type Args, refused, SlackApiError } from '../body.ts';
import { isObject, type Json, stringOf } from '../json.ts';
import type { View } from '../model.ts';
import { viewJson } from '../shapes.ts';
import type { Method, MethodCall, Methods } from './method.ts';

/** A view may have 250 KB: https://docs.slack.dev/reference/methods/views.open (view_too_large). */
const VIEW_BYTES_MAX = 250_000;

// views.* need no scope: https://docs.slack.dev/reference/methods/views.open
const common = { scopes: [], limit: 'tier4', takesJson: true } as const;

function viewOf(args: Args, kind: 'modal' | 'home'): Json {
  const view = args.json('view', 'invalid_arguments');
  if (view === undefined) throw refused('invalid_arguments', ['missing required field: view']);
  if (JSON.stringify(view).length > VIEW_BYTES_MAX) throw new SlackApiError('view_too_large');
  const complaints = complaintsOfView(view, kind);
  if (!isObject(view) || complaints.length > 0) throw refused('invalid_arguments', complaints);
  return view;
}

function needFreshExternalId(view: Json, call: MethodCall, except?: View): void {
  const externalId = stringOf(view, 'external_id');
  if (externalId === undefined || externalId === '') return;
  const found = call.workspace.views.find({ externalId });
  if (found !== undefined && found.id !== except?.id) throw new SlackApiError('duplicate_external_id');
}

/** The person behind the trigger; read last, so that a refused view does not use up the trigger. */
function personOf(args: Args, call: MethodCall): string {
  const id = args.string('trigger_id');
  if (id === undefined) throw refused('invalid_arguments', ['missing required field: trigger_id']);
  const exchanged = call.workspace.exchangeTrigger(id);
  if ('error' in exchanged) throw new SlackApiError(exchanged.error);
  return exchanged.user;
}

const answer = (view: View, call: MethodCall): Json => ({ view: viewJson(view, call.workspace.spec) });

function needHash(args: Args, view: View): void {
  const hash = args.string('hash');
  if (hash !== undefined && hash !== view.hash) throw new SlackApiError('hash_conflict');
}

const open: Method = {
  ...common,
  run: (args, call) => {
    const content = viewOf(args, 'modal');
    needFreshExternalId(content, call);
    return answer(call.workspace.views.open(personOf(args, call), content), call);
  },
};

const push: Method = {
  ...common,
  run: (args, call) => {
    const content = viewOf(args, 'modal');
    needFreshExternalId(content, call);
    const view = call.workspace.views.push(personOf(args, call), content);
    if (view === undefined) throw new SlackApiError('push_limit_reached');
    return answer(view, call);
  },
};

const update: Method = {
  ...common,
  run: (args, call) => {
    const viewId = args.string('view_id');
    const externalId = args.string('external_id');
    if (viewId === undefined && externalId === undefined) {
      throw refused('invalid_arguments', ['missing required field: view_id or external_id']);
    }
    const by = { ...(viewId === undefined ? {} : { viewId }), ...(externalId === undefined ? {} : { externalId }) };
    const view = call.workspace.views.find(by);
    // A closed dialog cannot be updated.
    if (view === undefined) throw new SlackApiError('not_found');
    const content = viewOf(args, view.type);
    needHash(args, view);
    needFreshExternalId(content, call, view);
    return answer(call.workspace.views.update(view, content), call);
  },
};

const publish: Method = {
  ...common,
  run: (args, call) => {
    const user = args.required('user_id', 'invalid_arguments');
    if (call.workspace.user(user) === undefined) throw new SlackApiError('user_not_found');
    const content = viewOf(args, 'home');
    const before = call.workspace.views.home(user);
    if (before !== undefined) needHash(args, before);
    return answer(call.workspace.views.publish(user, content), call);
  },
};

export const VIEWS: Methods = {
  'views.open': open,
  'views.push': push,
  'views.update': update,
  'views.publish': publish,
};
