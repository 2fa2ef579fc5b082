import { open, writeFile } from 'node:fs/promises';
import { BufferJSON, initAuthCreds, makeWASocket, WA_CERT_DETAILS } from 'baileys';
import type { AuthenticationCreds, SignalDataTypeMap, SignalKeyStore, WASocket } from 'baileys';
import { Arrivals } from './arrivals.ts';
import { answer, tell } from './child.ts';
import { startProfile, stopProfile } from './profile.ts';
import { silentLog } from './silent-log.ts';
import { usage } from './usage.ts';

/**
 * The baseline: Baileys as npm brings it, with its keys in memory and a handler of `messages.upsert`. Nothing is
 * stored, nothing is posted.
 */
const arrivals = new Arrivals();
const sockets = new Map<number, WASocket>();
const states = new Map<number, State>();

const verbs = {
  /** Connects a new instance; it tells `qr`, then `ready`. */
  open({ instance, url, rootKey }: { instance: number; url: string; rootKey: string }) {
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(rootKey, 'hex');
    connect(instance, url, newState());
  },
  /** For another process: a line per instance. */
  async save({ file }: { file: string }) {
    const lines = [...states].map(([instance, { creds, stored }]) =>
      JSON.stringify([instance, creds, [...stored]] satisfies Saved, BufferJSON.replacer),
    );
    await writeFile(file, lines.join('\n'));
  },
  /** Connects what another process has saved, one instance after the other so that the file is never in memory whole. */
  async resume({ file, url, rootKey }: { file: string; url: string; rootKey: string }) {
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(rootKey, 'hex');
    const saved = await open(file);
    for await (const line of saved.readLines()) {
      const [instance, creds, stored] = JSON.parse(line, BufferJSON.reviver) as Saved;
      connect(instance, url, newState(creds, stored));
    }
  },
  async reply({ instance, to }: { instance: number; to: string }) {
    await sockets.get(instance)?.sendMessage(`${to}@s.whatsapp.net`, { text: 'hello' });
  },
  results: () => arrivals.results(),
  usage: () => usage(),
  startProfile: () => startProfile(),
  stopProfile: () => stopProfile(),
};

export type BaileysVerbs = typeof verbs;

interface State {
  readonly creds: AuthenticationCreds;
  readonly keys: SignalKeyStore;
  readonly stored: Map<string, unknown>;
}

type Saved = [instance: number, creds: AuthenticationCreds, stored: [string, unknown][]];

function connect(instance: number, url: string, auth: State): void {
  const socket = makeWASocket({ waWebSocketUrl: url, auth, logger: silentLog });
  states.set(instance, auth);
  sockets.set(instance, socket);
  let isOpen = false;
  let isReady = false;
  const readyWhenBoth = () => {
    // Until the first history has come, Baileys holds its events back.
    if (!isOpen || isReady || auth.creds.accountSyncCounter !== 1) return;
    isReady = true;
    tell('ready', instance);
  };
  socket.ev.on('creds.update', (update) => {
    Object.assign(auth.creds, update);
    readyWhenBoth();
  });
  socket.ev.on('connection.update', ({ qr, connection }) => {
    if (qr !== undefined) tell('qr', { instance, qr });
    isOpen ||= connection === 'open';
    readyWhenBoth();
    // WhatsApp ends the connection of the linking and wants a login.
    if (connection === 'close' && !isReady) connect(instance, url, auth);
  });
  socket.ev.on('messages.upsert', ({ messages }) => {
    for (const { message, key } of messages) {
      if (key.fromMe !== true)
        arrivals.take(message?.conversation ?? message?.extendedTextMessage?.text ?? '');
    }
  });
}

function newState(creds = initAuthCreds(), entries: readonly [string, unknown][] = []): State {
  const stored = new Map(entries);
  return { creds, keys: memoryKeys(stored), stored };
}

function memoryKeys(stored: Map<string, unknown>): SignalKeyStore {
  return {
    get(type, ids) {
      const found: Record<string, SignalDataTypeMap[typeof type]> = {};
      for (const id of ids) {
        const value = stored.get(`${type} ${id}`);
        if (value !== undefined) found[id] = value as SignalDataTypeMap[typeof type];
      }
      return found;
    },
    set(data) {
      for (const [type, values] of Object.entries(data)) {
        for (const [id, value] of Object.entries(values ?? {})) {
          if (value === null) stored.delete(`${type} ${id}`);
          else stored.set(`${type} ${id}`, value);
        }
      }
    },
  };
}

answer(verbs);
