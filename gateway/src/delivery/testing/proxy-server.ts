import { connect, type Socket } from 'node:net';
import { proxyOf, type Proxy } from '../proxy.ts';
import type { RawConnection, RawServer } from './raw-server.ts';
import { serve } from './sending.ts';

export interface ProxyServer {
  readonly server: RawServer;
  readonly proxy: Proxy;
  /** The first lines of the requests that came. */
  readonly asked: string[];
}

/** A proxy that connects, or does what a test says to each request for a connection. */
export async function startProxy(
  act: (connection: RawConnection, request: string) => void | Promise<void> = tunnel,
): Promise<ProxyServer> {
  const asked: string[] = [];
  const server = await serve(async (connection) => {
    const request = await connection.request();
    asked.push(request.split('\r\n')[0] ?? '');
    await act(connection, request);
  });
  return { server, asked, proxy: proxyOf(`http://127.0.0.1:${server.port}`) };
}

/** Connects to where a CONNECT says and lets everything through; 502 when that fails. */
export function tunnel({ socket }: RawConnection, request: string): void {
  const [, address = '', port] = /^CONNECT \[?([^\]\s]+)\]?:(\d+) HTTP/.exec(request) ?? [];
  const upstream = connect(Number(port), address);
  upstream.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nbad'));
  upstream.once('connect', () => {
    socket.removeAllListeners('data');
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    join(socket, upstream);
    join(upstream, socket);
  });
}

function join(from: Socket, to: Socket): void {
  from.pipe(to);
  from.on('close', () => to.destroy());
}
