import './mend-libsignal.ts';
import {
  makeWASocket,
  proto,
  type MessageRetryManager,
  type UserFacingSocketConfig,
  type WAVersion,
} from 'baileys';

export type BaileysSocket = ReturnType<typeof makeWASocket>;

/** What is different for each connection. */
export interface SocketParts extends Pick<
  UserFacingSocketConfig,
  'auth' | 'makeSignalRepository' | 'logger' | 'getMessage' | 'fetchAgent' | 'options'
> {
  readonly url: string;
  /** The WhatsApp Web version to announce; Baileys' own when undefined. */
  readonly version: WAVersion | undefined;
}

/** The part of Baileys' WebSocket client that the gate takes over. */
export interface RawSocket {
  send(bytes: Uint8Array, done: (error?: Error) => void): void;
  terminate(): void;
}

/** Makes a socket of Baileys as the gateway needs it. It begins to connect at once, and sends nothing in this turn of the loop. */
export function makeSocket({ url, version, ...parts }: SocketParts): BaileysSocket {
  const socket = makeWASocket({
    ...parts,
    waWebSocketUrl: url,
    ...(version === undefined ? {} : { version }),
    browser: ['eazeWA', 'Chrome', '1.0'],
    // The watchdog pings and minds the time. Baileys would apply its limit to each frame that is sent as well, and format
    // two stack traces for it: a tenth of what receiving a message costs.
    keepAliveIntervalMs: longestTimerMs,
    connectTimeoutMs: 0,
    // The person's own phone keeps its notifications; receipts still leave.
    markOnlineOnConnect: false,
    emitOwnEvents: false,
    syncFullHistory: false,
    // What a history tells of its chats is handed to it as one that was asked for. Of any other it would make a note in the
    // credentials, and ask for the shared settings before it takes the next message.
    shouldSyncHistoryMessage: ({ syncType }) => syncType === proto.Message.HistorySyncType.ON_DEMAND,
    transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
  });
  if (socket.messageRetryManager !== null) keepOwnRequests(socket.messageRetryManager);
  return socket;
}

export function rawSocketOf({ ws }: BaileysSocket): RawSocket {
  return (ws as unknown as { socket: RawSocket }).socket;
}

/** What a timer can be set to at most: 24 days. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Baileys would keep everything that comes and goes, for those who ask for it again, each with a timer. `getMessage` has
 * what programs sent; only what Baileys itself asks of the own phone is nowhere else.
 */
function keepOwnRequests(manager: MessageRetryManager): void {
  const stock = manager.addRecentMessage.bind(manager);
  manager.addRecentMessage = (to, id, message) => {
    if (message.protocolMessage) stock(to, id, message);
  };
}
