import { initAuthCreds, makeWASocket, proto, WA_CERT_DETAILS } from 'baileys';
import type {
  AuthenticationCreds,
  BaileysEventMap,
  SignalDataTypeMap,
  SignalKeyStore,
  UserFacingSocketConfig,
  WAMessage,
  WASocket,
} from 'baileys';
import type { Phone, Simulator } from '@eazewa/simulator';

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
  /** Every event that Baileys has fired of that name, with what it carried. */
  events<T extends keyof BaileysEventMap>(name: T): BaileysEventMap[T][];
  /** Resolves with the first value that the question finds, now or after one of the next events. */
  until<T>(question: () => T | undefined | false): Promise<T>;
  /** Resolves when Baileys says of that message that it was delivered or read. */
  status(id: string, status: 'delivered' | 'read'): Promise<unknown>;
  isOpen(): Promise<unknown>;
  /** The status code of the connection's end. */
  closed(): Promise<number | undefined>;
  qr(): Promise<string>;
  /** The received message with that id or text. */
  message(idOrText: string): Promise<WAMessage>;
  stop(): Promise<void>;
}

// Baileys leaves a timer of 30 s behind after each first upload of pre-keys: it must not keep a test process alive.
const setTimeoutOfNode = globalThis.setTimeout;
globalThis.setTimeout = Object.assign(
  (...parameters: Parameters<typeof setTimeoutOfNode>) => setTimeoutOfNode(...parameters).unref(),
  setTimeoutOfNode,
);

// libsignal, inside Baileys, prints whole sessions with their keys.
console.info = () => undefined;

/** A machine that does other work takes its time; only who waits in vain ever waits so long. */
const patienceMs = 60_000;

/** A state without account. */
function newClientState(): ClientState {
  return { creds: initAuthCreds(), keys: memoryKeys() };
}

/** The server to connect to; one in another process cannot be traced. */
export interface Server {
  readonly url: string;
  readonly rootPublicKey: Uint8Array;
  readonly on?: Simulator['on'];
}

/** Connects Baileys to the simulator. */
export function connectClient(
  simulator: Server,
  state: ClientState = newClientState(),
  config: Partial<UserFacingSocketConfig> = {},
): Client {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(simulator.rootPublicKey);
  const socket = makeWASocket({
    waWebSocketUrl: simulator.url,
    auth: state,
    logger: silent,
    defaultQueryTimeoutMs: patienceMs,
    retryRequestDelayMs: 10,
    ...config,
  });
  const messages: Client['messages'] = [];
  const updates: Client['updates'] = [];
  const connectionUpdates: Connection[] = [];
  const waiting = new Set<() => void>();
  const tell = () => [...waiting].forEach((check) => check());
  const { ev } = socket;
  ev.on('creds.update', (update) => {
    Object.assign(state.creds, update);
    tell();
  });
  ev.on('connection.update', (update) => {
    connectionUpdates.push(update);
    if (update.connection === 'close') stopTracing();
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
  // With every other event too: this runs after the listeners of the event itself.
  const fired: Partial<BaileysEventMap>[] = [];
  ev.process((events) => {
    fired.push(events);
    tell();
  });
  // Also with every stanza, for questions about the server; it is handled when the microtask runs.
  const stopTracing = simulator.on?.('stanza', () => queueMicrotask(tell)) ?? nothing;
  const until = <T>(question: () => T | undefined | false): Promise<T> =>
    new Promise((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error(`never true: ${question.toString()}`)), patienceMs);
      const check = () => {
        const answer = question();
        if (answer === undefined || answer === false) return;
        clearTimeout(deadline);
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
    events: (name) => fired.flatMap((events) => (name in events ? [events[name] as never] : [])),
    until,
    // What comes while Baileys holds events back is merged into the message itself.
    status: (id, status) =>
      until(
        () =>
          updates.some(({ key, update }) => key.id === id && update.status === statuses[status]) ||
          messages.some(({ message }) => message.key.id === id && message.status === statuses[status]),
      ),
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
    stop: async () => {
      stopTracing();
      await socket.end(undefined);
    },
  };
}

/** Links a new client to the phone by QR code and logs it in. */
export async function linkClient(
  simulator: Simulator,
  phone: Phone,
  config: Partial<UserFacingSocketConfig> = {},
): Promise<Client> {
  const unlinked = connectClient(simulator, newClientState(), config);
  await phone.scan(await unlinked.qr());
  await unlinked.closed();
  const client = connectClient(simulator, unlinked.state, config);
  await client.isOpen();
  // A client that stops before this holds all events back for 20 s in its next run.
  await client.until(() => client.state.creds.accountSyncCounter === 1);
  return client;
}

/** Stops the client and connects the same account again. */
export async function reconnect(simulator: Simulator, client: Client): Promise<Client> {
  await client.stop();
  const next = connectClient(simulator, client.state);
  await next.isOpen();
  return next;
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
        if (value !== undefined) found[id] = value as SignalDataTypeMap[typeof type];
      }
      return found;
    },
    set: (data) => {
      for (const [type, values] of Object.entries(data)) {
        for (const [id, value] of Object.entries(values ?? {})) {
          if (value === null) stored.delete(`${type}|${id}`);
          else stored.set(`${type}|${id}`, value);
        }
      }
    },
  };
}

const { DELIVERY_ACK, READ } = proto.WebMessageInfo.Status;
const statuses = { delivered: DELIVERY_ACK, read: READ };

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
