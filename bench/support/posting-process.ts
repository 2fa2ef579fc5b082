import {
  DisconnectReason,
  makeWASocket,
  useMultiFileAuthState as openMultiFileAuthState,
  WA_CERT_DETAILS,
  type proto,
} from 'baileys';
import { answer, tell } from './child.ts';
import { silentLog } from './silent-log.ts';

/**
 * What a program around bare Baileys does: the store that Baileys brings, one file per key, and each message of
 * `messages.upsert` posted to a webhook, three times if need be. What is not posted yet is in memory.
 */
const verbs = {
  /** Connects, and connects again whenever the connection is lost. It tells `qr`, then `ready`. */
  async open({ folder, url, rootKey, hook }: Opening) {
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(rootKey, 'hex');
    await connect(url, hook, await openMultiFileAuthState(folder));
  },
};

export type PostingVerbs = typeof verbs;

interface Opening {
  readonly folder: string;
  readonly url: string;
  readonly rootKey: string;
  readonly hook: string;
}

type Store = Awaited<ReturnType<typeof openMultiFileAuthState>>;

async function connect(url: string, hook: string, store: Store): Promise<void> {
  const { state, saveCreds } = store;
  const socket = makeWASocket({ waWebSocketUrl: url, auth: state, logger: silentLog });
  let isOpen = false;
  const readyWhenBoth = () => {
    // Until the first history has come, Baileys holds its events back.
    if (isOpen && (state.creds.accountSyncCounter ?? 0) > 0) tell('ready', null);
  };
  socket.ev.on('creds.update', () => {
    void saveCreds();
    readyWhenBoth();
  });
  socket.ev.on('connection.update', ({ qr, connection, lastDisconnect }) => {
    if (qr !== undefined) tell('qr', qr);
    isOpen ||= connection === 'open';
    readyWhenBoth();
    const code = (lastDisconnect?.error as { output?: { statusCode?: number } } | undefined)?.output
      ?.statusCode;
    if (connection === 'close' && code !== DisconnectReason.loggedOut) void connect(url, hook, store);
  });
  socket.ev.on('messages.upsert', ({ messages }) => {
    for (const message of messages) if (message.key.fromMe !== true) void post(hook, message);
  });
}

/** The same envelope as the gateway's, as far as the receiver reads it. */
async function post(hook: string, { key, message }: proto.IWebMessageInfo): Promise<void> {
  const text = message?.conversation ?? message?.extendedTextMessage?.text;
  if (typeof text !== 'string' || !key) return;
  const id = { id: key.id, remote: key.remoteJid };
  const body = JSON.stringify({ event: 'message', instanceId: '1', data: { message: { id, body: text } } });
  for (let attempt = 0; attempt < 3; attempt++) {
    const response = await fetch(hook, { method: 'POST', body }).catch(() => null);
    if (response !== null) return;
  }
}

answer(verbs);
