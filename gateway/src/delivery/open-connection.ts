import type { Socket } from 'node:net';
import { dialPlain, dialTls, startTls } from './dial.ts';
import { whyBlocked, whyNameBlocked, isPrivate, type AddressPolicy } from '../reach/guard-address.ts';
import type { Channel } from './http1/connection.ts';
import { parseAddress } from '../reach/ip-address.ts';
import { isOutOfSockets } from '../reach/out-of-sockets.ts';
import { openFailureOf, type OpenFailure } from './open-failure.ts';
import { openTunnel, type Tunnel } from './proxy-tunnel.ts';
import type { Proxy } from './proxy.ts';
import type { ResolveHost } from '../reach/resolve-host.ts';
import type { Target } from './target.ts';
import type { TlsIdentity } from './tls-identity.ts';

export interface Opening {
  /** Gives up; nothing more is called. */
  cancel(): void;
  readonly phase: 'resolve' | 'connect' | 'tls';
  /** Whether it is the proxy that has to do something now. */
  readonly isAtProxy: boolean;
}

export interface OpenOptions {
  readonly resolve: ResolveHost;
  readonly policy: AddressPolicy;
  readonly proxy: Proxy | null;
  readonly identity: TlsIdentity | null;
  onOpen(channel: Channel): void;
  onFailure(failure: OpenFailure): void;
}

/**
 * Opens a socket to a target, TLS included, to an address that the guard has passed and to no other: a name's
 * addresses are checked here, after resolving, and those that passed are the ones dialled, or given to the proxy.
 */
export function openConnection(target: Target, options: OpenOptions): Opening {
  const { resolve, policy, proxy, identity } = options;
  const opening = { phase: 'resolve' as Opening['phase'], isAtProxy: false, cancel };
  let socket: Socket | null = null;
  let tunnel: Tunnel | null = null;
  let isOver = false;
  let receive: ((chunk: Buffer) => void) | null = null;

  if (parseAddress(target.host) !== null) check([target.host]);
  else resolve(target.host).then(check, unresolved);
  return opening;

  function unresolved(error: NodeJS.ErrnoException): void {
    const detail = error.code ?? error.message;
    if (isOutOfSockets(error)) fail({ outcome: 'unsent', reason: 'no_sockets', detail });
    else fail({ outcome: 'silence', reason: 'dns', phase: 'resolve', detail });
  }

  function check(addresses: readonly string[]): void {
    if (isOver) return;
    const passed = addresses.filter((address) => whyNot(address, target, policy) === null);
    if (passed.length > 0) return dial(passed);
    const detail = whyNot(addresses[0] ?? '', target, policy) ?? 'no address';
    fail({ outcome: 'silence', reason: 'address_blocked', phase: 'resolve', detail });
  }

  function dial(addresses: readonly string[]): void {
    const { host, port } = target;
    opening.phase = 'connect';
    if (proxy !== null) {
      opening.isAtProxy = true;
      tunnel = openTunnel({ proxy, resolve, addresses, port, onOpen: throughTunnel, onFailure: fail });
      return;
    }
    const peer = { host, port, addresses };
    if (target.isTls) {
      watch(dialTls(peer, target, identity), 'secureConnect');
      socket?.once('connect', () => (opening.phase = 'tls'));
    } else {
      watch(
        dialPlain(peer, (chunk) => receive?.(chunk)),
        'connect',
      );
    }
  }

  function throughTunnel(open: Socket, address: string): void {
    opening.isAtProxy = false;
    if (target.isTls) {
      opening.phase = 'tls';
      watch(startTls(open, target, identity), 'secureConnect', address);
    } else {
      socket = open;
      opened(address);
    }
  }

  function watch(dialled: Socket, event: 'connect' | 'secureConnect', address?: string): void {
    socket = dialled;
    socket.once(event, () => opened(address));
    socket.on('error', failed);
    socket.once('close', closed);
  }

  function opened(address?: string): void {
    if (isOver || socket === null) return;
    isOver = true;
    socket.off('error', failed);
    socket.off('close', closed);
    const open = socket;
    const onData = (listener: (chunk: Buffer) => void) => {
      if (target.isTls || proxy !== null) open.on('data', listener);
      else receive = listener;
    };
    const isPrivateTarget = isPrivate(() => address ?? open.remoteAddress ?? '', policy);
    options.onOpen({ socket: open, isPrivate: isPrivateTarget, onData });
  }

  function closed(): void {
    failed(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }));
  }

  function failed(error: NodeJS.ErrnoException): void {
    fail(openFailureOf(error, opening.phase, socket));
  }

  function fail(failure: OpenFailure): void {
    if (isOver) return;
    cancel();
    options.onFailure(failure);
  }

  function cancel(): void {
    isOver = true;
    tunnel?.cancel();
    socket?.destroy();
  }
}

function whyNot(address: string, { host, port }: Target, policy: AddressPolicy): string | null {
  return whyNameBlocked(host) ?? whyBlocked(address, port, policy);
}
