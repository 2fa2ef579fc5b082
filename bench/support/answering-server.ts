import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

const okay = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

/**
 * A server that answers 200 to each request at once and does as little as it can, so that the sender is what is
 * measured. It knows only requests with a Content-Length. `take` gets the bytes of one whole request.
 */
export function createAnsweringServer(
  take: (request: Buffer) => void,
  { tls = null, answerAfterMs = 0 }: AnsweringOptions = {},
): Server {
  const serve = (socket: Socket) => {
    let pending: Buffer = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      for (let end = endOfRequest(pending); end > 0; end = endOfRequest(pending)) {
        take(pending.subarray(0, end));
        pending = pending.subarray(end);
        if (answerAfterMs === 0) socket.write(okay);
        else if (answerAfterMs !== null) setTimeout(() => socket.write(okay), answerAfterMs);
      }
    });
  };
  return tls === null ? createServer({ noDelay: true }, serve) : createTlsServer(tls, serve);
}

export interface AnsweringOptions {
  readonly tls?: TlsOptions | null;
  /** Null: never. */
  readonly answerAfterMs?: number | null;
}

/** Where the first request ends; 0 while it is incomplete. */
function endOfRequest(bytes: Buffer): number {
  const head = bytes.indexOf('\r\n\r\n');
  if (head < 0) return 0;
  const length = /content-length: (\d+)/i.exec(bytes.toString('latin1', 0, head))?.[1];
  const end = head + 4 + Number(length ?? 0);
  return end <= bytes.length ? end : 0;
}
