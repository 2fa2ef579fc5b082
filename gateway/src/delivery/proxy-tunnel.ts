import type { Socket } from 'node:net';
import { dialPlain } from './dial.ts';
import { ResponseHeadReader } from './http1/response-head.ts';
import { parseAddress } from '../reach/ip-address.ts';
import { isOutOfSockets } from '../reach/out-of-sockets.ts';
import type { OpenFailure } from './open-failure.ts';
import type { Proxy } from './proxy.ts';
import type { ResolveHost } from '../reach/resolve-host.ts';

export interface TunnelOptions {
  readonly proxy: Proxy;
  readonly resolve: ResolveHost;
  /** Where the tunnel ends: addresses that the guard has passed, tried one after the other. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** Nobody reads from the socket yet. */
  onOpen(socket: Socket, address: string): void;
  onFailure(failure: OpenFailure): void;
}

export interface Tunnel {
  /** Gives up; nothing more is called. */
  cancel(): void;
}

/**
 * Has a proxy connect to an address (RFC 9110 9.3.6). It is given addresses and no name, so that it cannot be led
 * elsewhere, and CONNECT for plain HTTP too, so that an answer of its own is never taken for the receiver's: whatever
 * goes wrong here is silence, with a reason of its own.
 */
export function openTunnel(options: TunnelOptions): Tunnel {
  const { proxy, resolve, addresses, port } = options;
  let socket: Socket | null = null;
  let isOver = false;

  if (parseAddress(proxy.host) !== null) connect([proxy.host], 0);
  else {
    resolve(proxy.host).then(
      (found) => connect(found, 0),
      (error: NodeJS.ErrnoException) =>
        fault(`its name was not found (${error.code ?? error.message})`, error),
    );
  }
  return { cancel };

  function connect(proxyAddresses: readonly string[], place: number): void {
    const address = addresses[place];
    if (isOver || address === undefined) return;
    const head = new ResponseHeadReader();
    const dialled = dialPlain({ host: proxy.host, port: proxy.port, addresses: proxyAddresses });
    socket = dialled;
    dialled.once('connect', () => dialled.write(connectRequest(address)));
    dialled.on('data', answered);
    dialled.on('error', (error: NodeJS.ErrnoException) => {
      if (socket === dialled) fault(error.code ?? error.message, error);
    });
    for (const end of ['end', 'close'])
      dialled.once(end, () => socket === dialled && fault('it closed the connection'));

    function answered(chunk: Buffer): void {
      if (isOver || socket !== dialled) return;
      const progress = head.push(chunk);
      if (progress.kind === 'garbled') fault(`its answer is not HTTP: ${progress.detail}`);
      if (progress.kind !== 'head') return;
      const { status } = progress.head;
      if (status >= 200 && status < 300) {
        dialled.off('data', answered);
        opened(dialled, address ?? '', progress.rest);
      } else if (status !== 407 && place + 1 < addresses.length) {
        socket = null;
        dialled.destroy();
        connect(proxyAddresses, place + 1);
      } else fault(status === 407 ? 'it refuses our user and password (407)' : `it answers with ${status}`);
    }
  }

  function connectRequest(address: string): string {
    const authority = `${address.includes(':') ? `[${address}]` : address}:${port}`;
    const authorization =
      proxy.authorization === null ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`;
    return `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n`;
  }

  function opened(open: Socket, address: string, rest: Buffer): void {
    if (rest.length > 0) return fault('it sent something after its answer');
    isOver = true;
    options.onOpen(open, address);
  }

  function fault(detail: string, error?: NodeJS.ErrnoException): void {
    if (isOver) return;
    cancel();
    const code = error?.code ?? '';
    if (isOutOfSockets(error)) options.onFailure({ outcome: 'unsent', reason: 'no_sockets', detail: code });
    else
      options.onFailure({
        outcome: 'silence',
        reason: 'proxy',
        phase: 'connect',
        detail: `the proxy: ${detail}`,
      });
  }

  function cancel(): void {
    isOver = true;
    socket?.destroy();
  }
}
