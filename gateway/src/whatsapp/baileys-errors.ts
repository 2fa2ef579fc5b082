import { DisconnectReason } from 'baileys';

/**
 * The code with which Baileys ends a connection: its errors carry it as if they were answers to HTTP requests. 428, a lost
 * connection, for what has none and for a socket that could not be opened, to which Baileys gives codes that WhatsApp uses
 * for refused logins.
 */
export function endCodeOf(error: Error | undefined): number {
  const isUnopened = error?.message.startsWith('WebSocket Error') === true;
  return (isUnopened ? undefined : statusOf(error)) ?? DisconnectReason.connectionClosed;
}

/** The socket is closed, or nobody answers any more: neither WhatsApp's word nor the message's fault. */
export function isConnectionLost(error: unknown): boolean {
  const status = statusOf(error);
  return status === DisconnectReason.connectionClosed || status === DisconnectReason.timedOut;
}

function statusOf(error: unknown): number | undefined {
  return (error as { output?: { statusCode?: number } } | undefined)?.output?.statusCode;
}
