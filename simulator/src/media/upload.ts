import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MediaType } from './media-keys.ts';
import { sha256 } from './media-crypto.ts';
import type { MediaStore } from './media-store.ts';
import { sendBody } from './send-body.ts';

/**
 * `POST /mms/<type>/<token>?auth=&token=`, where the token is the base64url of the body's SHA-256: answers
 * `{"url", "direct_path"}`, or `{"error"}` with 400, 401 without the auth of `media_conn`, 404, 413.
 */
export function answerUpload(store: MediaStore, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'https://host');
  const [, place = '', token = ''] =
    /^\/(mms\/[a-z-]+|product\/image|pps\/[a-z-]+)\/([^/]+)$/.exec(pathname) ?? [];
  const type = types[place];
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= uploadMax) chunks.push(chunk);
  });
  request.on('end', () => {
    const answer = (status: number, body: object) =>
      sendBody(response, store.faults.next('uploads'), {
        status,
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(JSON.stringify(body)),
      });
    if (!type) return answer(404, { error: `Nothing is uploaded to ${pathname}.` });
    if (!store.admits(searchParams.get('auth'))) return answer(401, { error: 'The auth is not valid.' });
    if (size > uploadMax) return answer(413, { error: `A file has at most ${uploadMax} bytes.` });
    const bytes = Buffer.concat(chunks);
    const hash = sha256(bytes).toString('base64url');
    if (token !== hash || searchParams.get('token') !== hash)
      return answer(400, { error: 'The token is not the SHA-256 of the file.' });
    const { url, directPath } = store.put(type, bytes);
    answer(200, { url, direct_path: directPath });
  });
}

/** Files are kept in memory. */
const uploadMax = 500_000_000;

/** Stickers are uploaded as images, histories as app state. */
const types: Record<string, MediaType> = {
  'mms/image': 'image',
  'mms/video': 'video',
  'mms/audio': 'audio',
  'mms/ptt': 'audio',
  'mms/document': 'document',
  'mms/sticker': 'sticker',
  'mms/md-app-state': 'app-state',
  'mms/md-msg-hist': 'history',
  'product/image': 'image',
  'pps/biz-cover-photo': 'image',
};
