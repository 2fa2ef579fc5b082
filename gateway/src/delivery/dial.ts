import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { parseAddress } from '../reach/ip-address.ts';
import type { Target } from './target.ts';
import type { TlsIdentity } from './tls-identity.ts';

/** Where a connection leads: the name is only spoken of, the addresses are dialled. */
export interface Peer {
  readonly host: string;
  readonly port: number;
  readonly addresses: readonly string[];
}

/** Opens a plain socket. With `receive` it reads into a buffer that all such sockets share. */
export function dialPlain(peer: Peer, receive?: (chunk: Buffer) => void): Socket {
  return connectTcp({ ...dialOptions(peer), ...(receive ? { onread: sharedReads(receive) } : {}) });
}

/** Opens a socket with TLS. */
export function dialTls(peer: Peer, target: Target, identity: TlsIdentity | null): Socket {
  return connectTls({ ...dialOptions(peer), ...tlsOptions(target, identity) });
}

/** Begins TLS on a socket that is open. */
export function startTls(socket: Socket, target: Target, identity: TlsIdentity | null): Socket {
  return connectTls({ socket, host: target.host, ...tlsOptions(target, identity) });
}

const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/** All sockets read into one buffer, one after the other; a buffer for each read costs a tenth of a request. */
function sharedReads(receive: (chunk: Buffer) => void) {
  return {
    buffer: readBuffer,
    callback: (bytes: number) => {
      receive(readBuffer.subarray(0, bytes));
      return true;
    },
  };
}

/** Node dials the addresses of `lookup` one after the other, a quarter of a second apart, and takes the first that answers. */
function dialOptions({ host, port, addresses }: Peer) {
  return {
    host,
    port,
    noDelay: true,
    autoSelectFamily: true,
    lookup: (
      _host: string,
      _options: unknown,
      done: (error: null, found: { address: string; family: number }[]) => void,
    ) => {
      const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      process.nextTick(done, null, found);
    },
  };
}

function tlsOptions({ host }: Target, identity: TlsIdentity | null): ConnectionOptions {
  const isName = parseAddress(host) === null;
  return {
    ALPNProtocols: ['http/1.1'],
    // RFC 6066 3: the server is told the name without the dot that may end it, and is never told an address.
    ...(isName ? { servername: host.replace(/\.$/, '') } : {}),
    ...(identity?.context ? { secureContext: identity.context } : {}),
    ...(identity?.verifyTls === false ? { rejectUnauthorized: false } : {}),
  };
}
