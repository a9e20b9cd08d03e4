import { complaintsOfBlocks } from '../blocks.ts';
import { type Args, refused, SlackApiError } from '../body.ts';
import { isObject, type Json, stringOf } from '../json.ts';
import type { SlackChannel, StoredFile } from '../model.ts';
import type { Uploads } from '../uploads.ts';
import { channelOf, type Method, type MethodCall, type Methods, needMember } from './method.ts';

/** Sharing happens after the answer: https://docs.slack.dev/messaging/working-with-files */
const SHARE_LOW_MS = 300;
const SHARE_HIGH_MS = 1_500;

const FILE_BYTES_MAX = 1_000_000_000;

function share(
  channel: SlackChannel,
  thread_ts: string | undefined,
  text: string,
  files: readonly StoredFile[],
  blocks: readonly Json[],
  call: MethodCall,
): void {
  const { workspace, by } = call;
  call.clock.after(call.random.between(SHARE_LOW_MS, SHARE_HIGH_MS), () => {
    workspace.messages.post({
      channel: channel.id,
      user: workspace.spec.botUserId,
      fromApp: true,
      text,
      blocks,
      by,
      files,
      ...(thread_ts === undefined ? {} : { thread_ts }),
    });
  });
}

function blocksOf(args: Args): readonly Json[] {
  const given = args.json('blocks', 'invalid_blocks_format') ?? [];
  const complaints = complaintsOfBlocks(given, 'message', '/blocks');
  if (!Array.isArray(given) || complaints.length > 0) throw refused('invalid_blocks', complaints);
  return given.filter(isObject);
}

/** The three steps of an upload: ask for a URL, send the bytes, complete. */
export function fileMethods(uploads: Uploads): Methods {
  const getUploadURLExternal: Method = {
    scopes: ['files:write'],
    limit: 'tier4',
    takesJson: false,
    run: (args, call) => {
      const name = args.required('filename', 'invalid_arguments');
      const length = Number(args.required('length', 'invalid_arguments'));
      if (!Number.isInteger(length) || length <= 0) throw new SlackApiError('invalid_arguments');
      if (length > FILE_BYTES_MAX) throw new SlackApiError('file_upload_size_restricted');
      return { ...uploads.begin(name, length, call.random) };
    },
  };
  const completeUploadExternal: Method = {
    scopes: ['files:write'],
    limit: 'tier4',
    takesJson: true,
    run: (args, call) => {
      const given = args.json('files', 'invalid_arguments');
      if (!Array.isArray(given) || given.length === 0) throw new SlackApiError('invalid_arguments');
      const channel = args.string('channel_id') === undefined ? undefined : channelOf(args, call, 'channel_id');
      if (channel !== undefined) needMember(channel, call);
      const blocks = blocksOf(args);
      const files = given
        .filter(isObject)
        .map((file) => uploads.complete(stringOf(file, 'id') ?? '', stringOf(file, 'title')));
      for (const file of files) call.workspace.files.set(file.id, file);
      if (channel !== undefined)
        share(channel, args.string('thread_ts'), args.string('initial_comment') ?? '', files, blocks, call);
      return { files: files.map((file) => ({ id: file.id, title: file.title })) };
    },
  };
  return {
    'files.getUploadURLExternal': getUploadURLExternal,
    'files.completeUploadExternal': completeUploadExternal,
  };
}
