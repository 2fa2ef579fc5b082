import { localhostCertificate, serverKey } from '@eazewa/gateway/delivery/testing/certificates';
import { createAnsweringServer } from './answering-server.ts';
import { nowMs } from './arrivals.ts';
import { answer } from './child.ts';

/**
 * A receiver of webhooks in a process of its own. It knows only what the benchmark sends: a body that ends with
 * `"at":ms,"lane":"…","seq":n}}`, by which it checks the order and how long it took.
 */
const lastSeq = new Map<string, number>();
let requests = 0;
let outOfOrder = 0;
let latenciesMs: number[] = [];

function check(request: Buffer): void {
  const tail = request.toString('latin1', Math.max(0, request.length - 80));
  const [, at = '', lane = '', seq = ''] = /"at":([\d.]+),"lane":"([^"]*)","seq":(\d+)\}\}$/.exec(tail) ?? [];
  requests++;
  latenciesMs.push(nowMs() - Number(at));
  if (Number(seq) !== (lastSeq.get(lane) ?? 0) + 1) outOfOrder++;
  lastSeq.set(lane, Number(seq));
}

const verbs = {
  start: ({ isTls, port, answerAfterMs }: ReceiverOptions) =>
    new Promise<number>((resolve) => {
      const tls = isTls ? { key: serverKey, cert: localhostCertificate } : null;
      const server = createAnsweringServer(check, { tls, answerAfterMs });
      server.listen(port, '127.0.0.1', 4096, () => {
        const address = server.address();
        resolve((typeof address === 'object' && address?.port) || 0);
      });
    }),
  counts: () => ({ requests, outOfOrder }),
  /** From recording to here, of the events since the last call. */
  latencies() {
    const taken = latenciesMs;
    latenciesMs = [];
    return taken;
  },
};

export interface ReceiverOptions {
  readonly isTls: boolean;
  /** 0: any. */
  readonly port: number;
  /** Null: never. */
  readonly answerAfterMs: number | null;
}

export type ReceiverVerbs = typeof verbs;

answer(verbs);
