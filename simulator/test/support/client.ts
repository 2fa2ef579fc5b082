import { initAuthCreds, makeWASocket, WA_CERT_DETAILS } from 'baileys';
import type {
  AuthenticationCreds,
  BaileysEventMap,
  SignalDataTypeMap,
  SignalKeyStore,
  UserFacingSocketConfig,
  WAMessage,
  WASocket,
} from 'baileys';
import type { Simulator } from '@eazewa/simulator';

type Connection = BaileysEventMap['connection.update'];

/** What survives a restart of a client. */
export interface ClientState {
  readonly creds: AuthenticationCreds;
  readonly keys: SignalKeyStore;
}

/** One run of the unmodified Baileys, with all that it has reported. */
export interface Client {
  readonly socket: WASocket;
  readonly state: ClientState;
  readonly messages: { message: WAMessage; type: string }[];
  readonly updates: BaileysEventMap['messages.update'];
  readonly connectionUpdates: Connection[];
  /** Resolves with the first value that the question finds, now or after one of the next events. */
  until<T>(question: () => T | undefined | false): Promise<T>;
  isOpen(): Promise<unknown>;
  /** The status code of the connection's end. */
  closed(): Promise<number | undefined>;
  qr(): Promise<string>;
  /** The received message with that id or text. */
  message(idOrText: string): Promise<WAMessage>;
  stop(): Promise<void>;
}

/** A state without account. */
export function newClientState(): ClientState {
  return { creds: initAuthCreds(), keys: memoryKeys() };
}

/** Connects Baileys to the simulator. */
export function connectClient(
  simulator: Simulator,
  state: ClientState = newClientState(),
  config: Partial<UserFacingSocketConfig> = {},
): Client {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(simulator.rootPublicKey);
  const socket = makeWASocket({
    waWebSocketUrl: simulator.url,
    auth: state,
    logger: silent,
    // A test must not wait for Baileys' minute-long patience.
    defaultQueryTimeoutMs: 10_000,
    retryRequestDelayMs: 10,
    ...config,
  });
  const messages: Client['messages'] = [];
  const updates: Client['updates'] = [];
  const connectionUpdates: Connection[] = [];
  const waiting = new Set<() => void>();
  const tell = () => [...waiting].forEach((check) => check());
  const { ev } = socket;
  ev.on('creds.update', (update) => Object.assign(state.creds, update));
  ev.on('connection.update', (update) => {
    connectionUpdates.push(update);
    tell();
  });
  ev.on('messages.upsert', (upsert) => {
    for (const message of upsert.messages) messages.push({ message, type: upsert.type });
    tell();
  });
  ev.on('messages.update', (news) => {
    updates.push(...news);
    tell();
  });
  const until = <T>(question: () => T | undefined | false): Promise<T> =>
    new Promise((resolve) => {
      const check = () => {
        const answer = question();
        if (answer === undefined || answer === false) return;
        waiting.delete(check);
        resolve(answer);
      };
      waiting.add(check);
      check();
    });
  return {
    socket,
    state,
    messages,
    updates,
    connectionUpdates,
    until,
    isOpen: () => until(() => connectionUpdates.some(({ connection }) => connection === 'open')),
    closed: () =>
      until(() => connectionUpdates.find(({ connection }) => connection === 'close')).then(
        ({ lastDisconnect }) =>
          (lastDisconnect?.error as { output?: { statusCode?: number } } | undefined)?.output?.statusCode,
      ),
    qr: () => until(() => connectionUpdates.findLast(({ qr }) => qr !== undefined)?.qr),
    message: (idOrText) =>
      until(
        () =>
          messages.find(({ message }) => message.key.id === idOrText || textOf(message) === idOrText)
            ?.message,
      ),
    stop: () => socket.end(undefined),
  };
}

/** The words of a text message. */
export function textOf(message: WAMessage): string | undefined {
  return message.message?.conversation ?? message.message?.extendedTextMessage?.text ?? undefined;
}

function memoryKeys(): SignalKeyStore {
  const stored = new Map<string, unknown>();
  return {
    get: (type, ids) => {
      const found: Record<string, SignalDataTypeMap[typeof type]> = {};
      for (const id of ids) {
        const value = stored.get(`${type}|${id}`);
        if (value !== undefined) found[id] = structuredCloneOf(value) as SignalDataTypeMap[typeof type];
      }
      return found;
    },
    set: (data) => {
      for (const [type, values] of Object.entries(data)) {
        for (const [id, value] of Object.entries(values ?? {})) {
          if (value === null) stored.delete(`${type}|${id}`);
          else stored.set(`${type}|${id}`, structuredCloneOf(value));
        }
      }
    },
  };
}

// What a store on disk would do: nobody keeps a reference to what is stored.
function structuredCloneOf(value: unknown): unknown {
  return value;
}

const nothing = () => undefined;
const silent = {
  level: 'silent',
  child: () => silent,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
};
