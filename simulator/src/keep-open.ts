import type { Server } from 'node:http';

/**
 * Leaves it to clients to end connections that nobody uses. Node's server ends them after 5 s, and a client that sends at that
 * moment gets a reset in place of an answer; on a busy machine that moment is long.
 */
export function keepOpen(server: Server): void {
  server.keepAliveTimeout = 0;
}
