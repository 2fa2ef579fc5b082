import type { ServerResponse } from 'node:http';
import type { MediaFault } from './media-faults.ts';

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** Sends an answer, or does what the fault says. */
export function sendBody(response: ServerResponse, fault: MediaFault | undefined, answer: Answer): void {
  if (fault === 'silence') return;
  if (fault === 'refuse') return void response.writeHead(503).end();
  const { status, headers } = answer;
  const body = fault === 'damage' ? damaged(answer.body) : answer.body;
  response.writeHead(status, { ...headers, 'content-length': body.length });
  if (fault === 'slow') return sendPieces(response, body);
  if (fault !== 'stall' && fault !== 'cut') return void response.end(body);
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => {
    if (fault === 'cut') response.destroy();
  });
}

function damaged(body: Uint8Array): Uint8Array {
  const copy = Buffer.from(body);
  const middle = Math.floor(copy.length / 2);
  if (copy.length > 0) copy.writeUInt8(copy.readUInt8(middle) ^ 0xff, middle);
  return copy;
}

const pieces = 20;
const pauseMs = 20;

function sendPieces(response: ServerResponse, body: Uint8Array): void {
  const size = Math.max(1, Math.ceil(body.length / pieces));
  const send = (from: number) => {
    if (response.destroyed) return;
    if (from >= body.length) return void response.end();
    response.write(body.subarray(from, from + size));
    setTimeout(send, pauseMs, from + size);
  };
  send(0);
}
