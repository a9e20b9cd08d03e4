import type { Random } from '../random.ts';
import type { WireRequest, WireResponse } from '../wire.ts';
import { SlackApiError, textResponse } from './body.ts';
import type { StoredFile } from './model.ts';

interface Upload {
  readonly id: string;
  readonly path: string;
  readonly name: string;
  readonly length: number;
  content?: Uint8Array;
}

/** Files between the request for a URL and their completion: https://docs.slack.dev/messaging/working-with-files */
export class Uploads {
  readonly #all: Upload[] = [];

  begin(name: string, length: number, random: Random): { readonly upload_url: string; readonly file_id: string } {
    const id = `F${random.hex(10).toUpperCase()}`;
    const path = `/upload/v1/${random.hex(40)}`;
    this.#all.push({ id, path, name, length });
    return { upload_url: `https://files.slack.com${path}`, file_id: id };
  }

  /** POST of the bytes, bare or as the one file of a multipart form. */
  receive(request: WireRequest): WireResponse {
    const upload = this.#all.find((one) => one.path === request.url.pathname);
    if (upload === undefined) return textResponse(404, 'not found');
    const content = bytesOf(request);
    if (content.length !== upload.length)
      return textResponse(400, `expected ${upload.length} bytes, got ${content.length}`);
    upload.content = content;
    return textResponse(200, `OK - ${content.length}`);
  }

  complete(id: string, title: string | undefined): StoredFile {
    const upload = this.#all.find((one) => one.id === id);
    if (upload?.content === undefined) throw new SlackApiError('file_not_found');
    return { id, name: upload.name, title: title ?? upload.name, content: upload.content };
  }
}

function bytesOf(request: WireRequest): Uint8Array {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/.exec(request.headers['content-type'] ?? '')?.[1];
  if (boundary === undefined) return request.body;
  const body = Buffer.from(request.body);
  const start = body.indexOf('\r\n\r\n');
  const end = body.indexOf(`\r\n--${boundary}`, start + 4);
  return start < 0 || end < 0 ? new Uint8Array() : new Uint8Array(body.subarray(start + 4, end));
}
