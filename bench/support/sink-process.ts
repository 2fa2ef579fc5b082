import { createServer } from 'node:net';
import { Arrivals } from './arrivals.ts';
import { answer, tell } from './child.ts';

/**
 * The receiver of the webhooks. It answers 200 at once and reads no more than it must, so that it takes little of the
 * CPU: messages of the load are found in the bytes, only other events are parsed and told to the parent.
 */
const okay = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
const arrivals = new Arrivals();

const server = createServer({ noDelay: true }, (socket) => {
  let pending: Buffer = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (let end = endOfRequest(pending); end > 0; end = endOfRequest(pending)) {
      take(pending.toString('utf8', pending.indexOf('\r\n\r\n') + 4, end));
      pending = pending.subarray(end);
      socket.write(okay);
    }
  });
});

/** Where the first request ends; 0 while it is incomplete. */
function endOfRequest(bytes: Buffer): number {
  const head = bytes.indexOf('\r\n\r\n');
  if (head < 0) return 0;
  const length = /content-length: (\d+)/i.exec(bytes.toString('latin1', 0, head))?.[1];
  const end = head + 4 + Number(length ?? 0);
  return end <= bytes.length ? end : 0;
}

function take(body: string): void {
  if (body.startsWith('{"event":"message"')) arrivals.take(body);
  else tell('event', JSON.parse(body));
}

const verbs = {
  start: () =>
    new Promise<{ port: number }>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve({ port: (typeof address === 'object' && address?.port) || 0 });
      });
    }),
  results: () => arrivals.results(),
};

export type SinkVerbs = typeof verbs;

answer(verbs);
