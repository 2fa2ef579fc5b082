import { createAnsweringServer } from './answering-server.ts';

/**
 * A receiver of webhooks in a process of its own. It knows only what the benchmark sends: a body that ends with
 * `"lane":"…","seq":n}}`, by which it checks the order.
 */
const lastSeq = new Map<string, number>();
let requests = 0;
let outOfOrder = 0;

const server = createAnsweringServer((request) =>
  check(request.toString('latin1', Math.max(0, request.length - 60))),
);

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
