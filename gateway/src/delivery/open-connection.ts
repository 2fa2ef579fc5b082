import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Channel } from './http1/connection.ts';
import { whyBlocked, type AddressPolicy } from './guard-address.ts';
import { parseAddress } from './ip-address.ts';
import { openFailureOf, type OpenFailure } from './open-failure.ts';
import type { ResolveHost } from './resolve-host.ts';
import type { Target } from './target.ts';

export interface Opening {
  /** Gives up; nothing more is called. */
  cancel(): void;
  readonly phase: 'resolve' | 'connect' | 'tls';
}

export interface OpenOptions {
  readonly resolve: ResolveHost;
  readonly policy: AddressPolicy;
  onOpen(channel: Channel): void;
  onFailure(failure: OpenFailure): void;
}

/**
 * Opens a socket to a target, TLS included, to an address that the guard has passed and to no other: a name's
 * addresses are checked here, after resolving, and those that passed are the ones dialled.
 */
export function openConnection(target: Target, options: OpenOptions): Opening {
  const opening = { phase: 'resolve' as Opening['phase'], cancel };
  let socket: Socket | null = null;
  let isOver = false;
  let receive: ((chunk: Buffer) => void) | null = null;

  if (parseAddress(target.host) !== null) dial([target.host]);
  else {
    options.resolve(target.host).then(dial, (error: NodeJS.ErrnoException) => {
      fail({ outcome: 'silence', reason: 'dns', detail: error.code ?? error.message });
    });
  }
  return opening;

  function dial(addresses: string[]): void {
    if (isOver) return;
    const passed = addresses.filter((address) => whyBlocked(address, target.port, options.policy) === null);
    if (passed.length === 0) {
      const detail = whyBlocked(addresses[0] ?? '', target.port, options.policy) ?? 'no address';
      fail({ outcome: 'silence', reason: 'address_blocked', detail });
      return;
    }
    opening.phase = 'connect';
    socket = target.isTls
      ? dialTls(target, passed)
      : connectTcp({ ...dialOptions(target, passed), onread: sharedReads((chunk) => receive?.(chunk)) });
    socket.once(target.isTls ? 'secureConnect' : 'connect', opened);
    if (target.isTls) socket.once('connect', () => (opening.phase = 'tls'));
    socket.on('error', failed);
    socket.once('close', closed);
  }

  function opened(): void {
    if (isOver || socket === null) return;
    isOver = true;
    socket.off('error', failed);
    socket.off('close', closed);
    const open = socket;
    const onData = (listener: (chunk: Buffer) => void) => {
      if (target.isTls) open.on('data', listener);
      else receive = listener;
    };
    options.onOpen({ socket: open, onData });
  }

  function closed(): void {
    failed(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }));
  }

  function failed(error: NodeJS.ErrnoException): void {
    fail(openFailureOf(error, opening.phase, socket));
  }

  function fail(failure: OpenFailure): void {
    if (isOver) return;
    isOver = true;
    socket?.destroy();
    options.onFailure(failure);
  }

  function cancel(): void {
    isOver = true;
    socket?.destroy();
  }
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
function dialOptions(target: Target, addresses: readonly string[]) {
  return {
    host: target.host,
    port: target.port,
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

function dialTls(target: Target, addresses: readonly string[]): Socket {
  const isName = parseAddress(target.host) === null;
  // RFC 6066 3: the server is told the name without the dot that may end it, and is never told an address.
  return connectTls({
    ...dialOptions(target, addresses),
    ALPNProtocols: ['http/1.1'],
    ...(isName ? { servername: target.host.replace(/\.$/, '') } : {}),
  });
}
