import type { ServerResponse } from 'node:http';
import type { MediaStore } from './media-store.ts';
import { sendBody } from './send-body.ts';

/** Answers with the file or the range of it, 404 when there is none or it is missing, 410 when it has gone, 416. */
export function answerDownload(
  store: MediaStore,
  path: string,
  range: string | undefined,
  response: ServerResponse,
): void {
  const fault = store.faults.next('downloads');
  const file = store.find(path);
  if (file?.state !== 'there') {
    const status = file?.state === 'gone' ? 410 : 404;
    return sendBody(response, fault, { status, headers: {}, body: Buffer.alloc(0) });
  }
  const { bytes } = file;
  const [from, to] = rangeOf(range, bytes.length);
  const headers = { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes' };
  if (range === undefined) return sendBody(response, fault, { status: 200, headers, body: bytes });
  if (from >= bytes.length || from > to) {
    const unsatisfied = { ...headers, 'content-range': `bytes */${bytes.length}` };
    return sendBody(response, fault, { status: 416, headers: unsatisfied, body: Buffer.alloc(0) });
  }
  const part = { ...headers, 'content-range': `bytes ${from}-${to}/${bytes.length}` };
  sendBody(response, fault, { status: 206, headers: part, body: bytes.subarray(from, to + 1) });
}

/** First and last byte of `bytes=a-`, `bytes=a-b` and `bytes=-n`; everything for a form that is none of these. */
function rangeOf(range = '', length: number): [number, number] {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (from === '') return to === '' ? [0, length - 1] : [Math.max(0, length - Number(to)), length - 1];
  return [Number(from), to === '' ? length - 1 : Math.min(Number(to), length - 1)];
}
