import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { die } from './killing-database.ts';

/** Kill at the next request to a receiver: when a connection was just made, or when half of the request is written. */
export interface KillSending {
  readonly when: 'connecting' | 'half-written';
  readonly port: number;
}

let wanted: KillSending | null = null;
const known = new Set<Socket>();

// From the start, so that connections are known that were made before a test names its point.
subscribe('net.client.socket', (message) => {
  const { socket } = message as { socket: Socket };
  // The port is known in the next turn; the connection is not made before that.
  process.nextTick(() => {
    socket.on('connect', () => {
      if (wanted?.when === 'connecting' && socket.remotePort === wanted.port) die();
      watch(socket);
    });
  });
});

/** Kills this process at that point from now on. A connection that is kept open counts as one that is being made. */
export function killWhileSending(kill: KillSending): void {
  wanted = kill;
}

function watch(socket: Socket): void {
  known.add(socket);
  socket.once('close', () => known.delete(socket));
  const write = socket.write.bind(socket);
  const watched = (...args: Parameters<Socket['write']>): boolean => {
    if (wanted === null || socket.remotePort !== wanted.port) return write(...args);
    if (wanted.when === 'connecting') die();
    const [bytes] = args;
    write(bytes.slice(0, bytes.length / 2), die);
    return true;
  };
  socket.write = watched as Socket['write'];
}
