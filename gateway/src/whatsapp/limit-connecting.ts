import { DisconnectReason } from 'baileys';
import type { Clock } from '../clock.ts';

/** As Baileys' own limit. */
const connectWithinMs = 20_000;

interface WebSocketClient {
  readonly isOpen: boolean;
  once(event: 'frame', listener: () => void): unknown;
}

/**
 * Gives a connection up that has not heard from WhatsApp's server within 20 seconds. In place of Baileys'
 * `connectTimeoutMs`, which is a limit of each frame that is sent as well: there it costs two formatted stack traces and
 * an error per frame, a tenth of what receiving a message costs, and a frame is only handed over.
 */
export function limitConnecting(
  client: WebSocketClient,
  clock: Clock,
  ended: Promise<void>,
  giveUp: (reason: Error) => void,
): void {
  const cancel = clock.after(connectWithinMs, () => giveUp(reasonOf(client)));
  client.once('frame', cancel);
  void ended.then(cancel);
}

/** What Baileys would say: the socket did not open, or its server does not answer. */
function reasonOf({ isOpen }: WebSocketClient): Error {
  if (!isOpen) return new Error('WebSocket Error (Opening handshake has timed out)');
  return Object.assign(new Error('Timed Out'), { output: { statusCode: DisconnectReason.timedOut } });
}
