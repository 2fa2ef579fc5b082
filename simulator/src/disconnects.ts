import type { Stanza } from './stanza/codec.ts';
import { node } from './stanza/node.ts';

/** The ways in which WhatsApp, or the network, ends a connection. */
export type DisconnectKind =
  | 'unavailable'
  | 'stream-end'
  | 'tcp-drop'
  | 'ws-close'
  | 'silence'
  | 'half-open'
  | 'replaced'
  | 'unlinked'
  | 'forbidden'
  | 'too-old'
  | 'not-multi-device'
  | 'bad-session'
  | 'restart';

interface Disconnect {
  /** What Baileys 7 reports as `lastDisconnect.error.output.statusCode`. */
  readonly statusCode: number;
  /** The last stanza before the socket closes; none for a failing network. */
  readonly stanza?: Stanza;
  /**
   * `drop` cuts the TCP connection, `silence` leaves it open and answers nothing more, `half-open` not even a close;
   * otherwise the socket is closed.
   */
  readonly socket?: 'drop' | 'silence' | 'half-open';
}

/** Every kind, with what goes over the wire. */
export const disconnects: Record<DisconnectKind, Disconnect> = {
  unavailable: { statusCode: 503, stanza: streamError('503') },
  'stream-end': { statusCode: 428, stanza: node('xmlstreamend') },
  'tcp-drop': { statusCode: 428, socket: 'drop' },
  'ws-close': { statusCode: 428 },
  silence: { statusCode: 408, socket: 'silence' },
  'half-open': { statusCode: 408, socket: 'half-open' },
  replaced: { statusCode: 440, stanza: streamError(undefined, 'replaced') },
  unlinked: { statusCode: 401, stanza: streamError('401', 'device_removed') },
  forbidden: { statusCode: 403, stanza: failure(403) },
  'too-old': { statusCode: 405, stanza: failure(405) },
  'not-multi-device': { statusCode: 411, stanza: node('ib', {}, [node('downgrade_webclient')]) },
  'bad-session': { statusCode: 500, stanza: streamError('500') },
  restart: { statusCode: 515, stanza: streamError('515') },
};

/** The kind for a name or a status code; undefined when there is none. 428 is a dropped TCP connection. */
export function disconnectKind(kindOrCode: string | number): DisconnectKind | undefined {
  const kinds = Object.keys(disconnects) as DisconnectKind[];
  if (Number(kindOrCode) === 428) return 'tcp-drop';
  return kinds.find((kind) => kind === kindOrCode || disconnects[kind].statusCode === Number(kindOrCode));
}

/** What a client gets in place of `<success>` when its login is refused. */
export function failure(reason: number): Stanza {
  return node('failure', { reason: String(reason) });
}

function streamError(code: string | undefined, conflict?: string): Stanza {
  return node(
    'stream:error',
    { code },
    conflict === undefined ? undefined : [node('conflict', { type: conflict })],
  );
}
