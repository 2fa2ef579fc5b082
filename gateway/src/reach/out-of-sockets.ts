/** Whether it is this machine that had no socket, port or memory to give; of several addresses, for one of them. */
export function isOutOfSockets(error: NodeJS.ErrnoException | undefined): boolean {
  if (error instanceof AggregateError) return error.errors.some(isOutOfSockets);
  const { code = '', address = '' } = (error ?? {}) as { code?: string; address?: string };
  // For IPv6 it rather means that this machine has none.
  if (code === 'EADDRNOTAVAIL') return !address.includes(':');
  return noSocketCodes.has(code);
}

/** DNS speaks of it in a word of its own (`EFILE`: a file could not be read). */
const noSocketCodes = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);
