import { createServer } from 'node:net';

/**
 * A receiver of webhooks in a process of its own. It answers 200 to each request and does as little as it can, so
 * that the sender is what is measured. It knows only what the benchmark sends: a Content-Length, and a body that ends
 * with `"lane":"…","seq":n}}`, by which it checks the order.
 */
const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
const lastSeq = new Map<string, number>();
let requests = 0;
let outOfOrder = 0;

const server = createServer({ noDelay: true }, (socket) => {
  let pending: Buffer = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (let end = endOfRequest(pending); end > 0; end = endOfRequest(pending)) {
      check(pending.toString('latin1', Math.max(0, end - 60), end));
      pending = pending.subarray(end);
      socket.write(answer);
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

function check(tail: string): void {
  const [, lane = '', seq = ''] = /"lane":"([^"]*)","seq":(\d+)\}\}$/.exec(tail) ?? [];
  requests++;
  if (Number(seq) !== (lastSeq.get(lane) ?? 0) + 1) outOfOrder++;
  lastSeq.set(lane, Number(seq));
}

process.on('message', () => process.send?.({ requests, outOfOrder }));
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 });
});
