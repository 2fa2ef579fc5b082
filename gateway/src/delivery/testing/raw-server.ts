import { once } from 'node:events';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export interface RawConnection {
  readonly socket: Socket;
  /** Its place among the connections, from 1. */
  readonly number: number;
  /** Resolves with the next whole request, as text; never when none comes. */
  request(): Promise<string>;
}

export interface RawServer {
  readonly port: number;
  readonly url: string;
  /** Connections so far. */
  readonly connections: readonly RawConnection[];
  /** Requests that arrived whole, as text. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** A TCP server, or one with TLS, that does to each connection what a test says, byte by byte. */
export async function startRawServer(
  act: (connection: RawConnection) => void | Promise<void>,
  tls: TlsOptions | null = null,
  { host = '127.0.0.1', port: wanted = 0 }: { host?: string | undefined; port?: number | undefined } = {},
): Promise<RawServer> {
  const connections: RawConnection[] = [];
  const requests: string[] = [];
  const server = tls === null ? createTcpServer(accept) : createTlsServer(tls, accept);
  server.listen(wanted, host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    url: `${tls === null ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}/hook?token=secret`,
    connections,
    requests,
    async close() {
      for (const { socket } of connections) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };

  function accept(socket: Socket): void {
    socket.on('error', () => {});
    const connection = { socket, number: connections.length + 1, request: requestReader(socket, requests) };
    connections.push(connection);
    void act(connection);
  }
}

/** Requests come one at a time and carry a Content-Length. */
function requestReader(socket: Socket, requests: string[]): () => Promise<string> {
  const waiting: ((request: string) => void)[] = [];
  const arrived: string[] = [];
  let pending = '';
  // Without a listener it would not read, so a test that wants that takes the listener away.
  socket.on('data', (chunk: Buffer) => {
    pending += chunk.toString('latin1');
    const head = pending.indexOf('\r\n\r\n');
    const length = Number(/content-length: (\d+)/i.exec(pending)?.[1] ?? 0);
    if (head < 0 || pending.length < head + 4 + length) return;
    const request = pending.slice(0, head + 4 + length);
    pending = pending.slice(request.length);
    requests.push(request);
    const next = waiting.shift();
    if (next) next(request);
    else arrived.push(request);
  });
  return () => {
    const request = arrived.shift();
    return request === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(request);
  };
}
