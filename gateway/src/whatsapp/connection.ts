import './mend-libsignal.ts';
import type { Agent } from 'node:https';
import type { AuthenticationCreds, BinaryNode, ConnectionState, WAVersion } from 'baileys';
import type { Groups } from '../groups/group-store.ts';
import type { InstanceInbox } from '../inbox/instance-inbox.ts';
import type {
  Connection,
  ConnectionListener,
  FileOfMessage,
  MediaContent,
  OutgoingMessage,
} from '../instances/connection.ts';
import type { Log } from '../log.ts';
import type { Blobs } from '../media/blobs.ts';
import { Aftermath } from './aftermath.ts';
import { AppStateRows } from './app-state-rows.ts';
import { askOnceReady } from './ask-once-ready.ts';
import { loadCreds, saveCreds } from './auth-state.ts';
import { baileysLog } from './baileys-log.ts';
import { makeSocket, rawSocketOf, type BaileysSocket, type RawSocket } from './baileys-socket.ts';
import { ConnectionEnding } from './connection-ending.ts';
import { DurableWrites } from './durable-writes.ts';
import { FrameGate } from './frame-gate.ts';
import { guardHandlers } from './guard-handlers.ts';
import { InboundFrames } from './inbound-frames.ts';
import { KeyStore } from './key-store.ts';
import { WholeFiles } from './mend-fetch.ts';
import { Outgoing } from './outgoing.ts';
import { isOwnJid, ownAccountOf } from './own-account.ts';
import { sendPing } from './ping.ts';
import { prepareForBaileys } from './prepare-for-baileys.ts';
import { fetchApart, SharedSettings } from './shared-settings.ts';
import { makeSignalRepository } from './signal-repository.ts';
import { StartProgress } from './start-progress.ts';
import { finishWork, learnHistory, loadUnfinishedWork } from './unfinished-work.ts';
import { Watchdog } from './watchdog.ts';

export interface ConnectionParts {
  readonly inbox: InstanceInbox;
  readonly groups: Groups;
  readonly listener: ConnectionListener;
  /** Called when WhatsApp has replayed all it kept while the instance was away. */
  readonly onOfflineSyncEnded: () => void;
  /** Resolves when what has come so far is recorded. */
  readonly whenDrained: () => Promise<void>;
  readonly log: Log;
  readonly url: string;
  /** What the connections to the media server are made with; the usual when undefined. */
  readonly mediaAgent: Agent | undefined;
  /** What is at the media server and belongs to no message. */
  readonly blobs: Blobs;
  /** Milliseconds since 1970 since when the number is linked; now, when it is being linked. */
  readonly linkedAt: number;
  /** The WhatsApp Web version to announce; Baileys' own when undefined. */
  readonly version: WAVersion | undefined;
}

/** Opens one socket to WhatsApp. All that belongs to it (writes, keys, frames, gate) ends with it. */
export async function openConnection(parts: ConnectionParts): Promise<Connection> {
  const { database, vault } = parts.inbox.parts;
  const creds = await loadCreds(database, vault, parts.inbox.instanceId);
  const connection = new WhatsappConnection(parts, creds);
  await connection.start();
  return connection;
}

/** Baileys fetches files of the shared settings only; later changes of these wait for it. */
const settingsFileMs = 45_000;

class WhatsappConnection implements Connection {
  readonly #parts: ConnectionParts;
  readonly #creds: AuthenticationCreds;
  readonly #writes: DurableWrites;
  readonly #frames: InboundFrames;
  readonly #keys: KeyStore;
  readonly #appState: AppStateRows;
  readonly #aftermath: Aftermath;
  readonly #outgoing: Outgoing;
  readonly #progress: StartProgress;
  readonly #watchdog: Watchdog;
  readonly #ending: ConnectionEnding;
  /** Resolves when what an earlier connection left is done, but for histories. */
  #unfinished: Promise<void> = Promise.resolve();
  #settings: SharedSettings | null = null;
  #socket: BaileysSocket | null = null;
  #rawSocket: RawSocket | null = null;
  #gate: FrameGate | null = null;

  constructor(parts: ConnectionParts, creds: AuthenticationCreds) {
    const { inbox, log, blobs, linkedAt, listener } = parts;
    this.#parts = parts;
    this.#creds = creds;
    this.#ending = new ConnectionEnding({ creds, closed: (end) => listener.closed(end) });
    this.#writes = new DurableWrites(inbox.parts.database, (reason) => this.#fence(reason));
    this.#aftermath = new Aftermath({
      inbox,
      writes: this.#writes,
      log,
      blobs,
      linkedAt,
      learnHistory: async (stanza, history) => {
        if (this.#socket !== null) await learnHistory(stanza, history, this.#socket, creds);
      },
      whenHandled: async () => this.#socket?.messageMutex.mutex(() => Promise.resolve()),
      whenSent: async () => this.#gate?.whenSent(),
    });
    this.#frames = new InboundFrames({
      inbox,
      writes: this.#writes,
      log,
      isOwn: (jid) => isOwnJid(jid, creds),
      onDecrypted: (message) => this.#aftermath.follow(message),
      onOfflineSyncEnded: () => {
        parts.onOfflineSyncEnded();
        this.#progress.replayEnded();
      },
      onReplayed: (part) => this.#progress.replayed(part),
    });
    this.#appState = new AppStateRows(inbox, { blobs, linkedAt });
    this.#keys = new KeyStore({
      database: inbox.parts.database,
      vault: inbox.parts.vault,
      instanceId: inbox.instanceId,
      writes: this.#writes,
      addresses: inbox.addresses,
      alongside: (data) => this.#appState.alongside(data, this.#keys.keys),
    });
    this.#outgoing = new Outgoing({
      inbox,
      log,
      creds,
      keys: this.#keys,
      writes: this.#writes,
      liveSocket: () => (this.#ending.hasBegun ? null : this.#socket),
      whenEnded: this.#ending.whenOver,
      whenSent: async () => this.#gate?.whenSent(),
    });
    this.#progress = new StartProgress(listener, () => this.#ready());
    this.#watchdog = new Watchdog({
      clock: inbox.parts.clock,
      ping: () => sendPing(this.#outgoing.socket()),
      giveUp: (reason) => this.#giveUp(reason),
    });
  }

  async start(): Promise<void> {
    await this.#frames.prepare();
    const unfinished = await loadUnfinishedWork(this.#parts.inbox);
    const { inbox, log, url, version, mediaAgent, blobs } = this.#parts;
    const socket = makeSocket({
      url,
      version,
      auth: { creds: this.#creds, keys: this.#keys.keys },
      makeSignalRepository: makeSignalRepository({
        keys: this.#keys,
        messages: this.#frames.messages,
        writes: this.#writes,
        taker: inbox.taker,
      }),
      logger: baileysLog(log, inbox.instanceId),
      ...(mediaAgent === undefined ? {} : { fetchAgent: mediaAgent }),
      getMessage: (key) => this.#outgoing.contentOf(key.id),
      options: new WholeFiles((path) => blobs.fetch(path, settingsFileMs)).options,
    });
    this.#socket = socket;
    const raw = rawSocketOf(socket);
    this.#rawSocket = raw;
    const send = raw.send.bind(raw);
    this.#gate = new FrameGate(this.#writes, inbox.parts.clock, send);
    raw.send = this.#gate.push;
    this.#watchdog.start();
    guardHandlers(socket.ws, (error, event) => {
      log.error(
        { instanceId: inbox.instanceId, event, err: error },
        'Baileys could not handle what WhatsApp sent; the connection goes on.',
      );
    });
    socket.ws.on('open', () => this.#watchdog.enter('handshake'));
    socket.ws.on('frame', (frame: BinaryNode | Uint8Array) => this.#takeSafely(frame));
    this.#settings = new SharedSettings({
      instanceId: inbox.instanceId,
      clock: inbox.parts.clock,
      log,
      fetch: fetchApart(socket),
      isOver: () => this.#ending.hasBegun,
    });
    socket.ev.on('creds.update', ({ myAppStateKeyId }) => {
      this.#saveCreds();
      if (myAppStateKeyId) this.#settings?.keysCame();
    });
    socket.ev.on('connection.update', (update) => this.#update(update));
    if (this.#creds.me !== undefined && unfinished.length > 0) {
      this.#unfinished = finishWork(unfinished, {
        inbox,
        socket,
        creds: this.#creds,
        aftermath: this.#aftermath,
        log,
        isOver: () => this.#ending.hasBegun,
      });
    }
  }

  send(message: OutgoingMessage): Promise<void> {
    return this.#outgoing.send(message);
  }

  composeMedia(media: MediaContent): Promise<Uint8Array> {
    return this.#outgoing.composeMedia(media);
  }

  requestUpload(file: FileOfMessage): Promise<string | null> {
    return this.#outgoing.requestUpload(file);
  }

  async requestPairingCode(phone: string): Promise<string> {
    return this.#outgoing.socket().requestPairingCode(phone);
  }

  async logout(): Promise<void> {
    await this.#outgoing.socket().logout();
    await this.#ending.whenOver;
  }

  async close(): Promise<void> {
    this.#ending.onPurpose();
    await this.#gate?.whenSent();
    this.#end(new Error('closed'));
    await this.#ending.whenOver;
  }

  /** What we cannot take in must not be acknowledged: this connection ends, and the other instances go on. */
  #takeSafely(frame: BinaryNode | Uint8Array): void {
    try {
      this.#takeFrame(frame);
    } catch (error) {
      const reason = `The gateway could not take in what WhatsApp sent: ${String(error)}`;
      this.#parts.log.error({ instanceId: this.#parts.inbox.instanceId, err: error }, reason);
      this.#writes.end();
      this.#ending.tellGivenUp(reason);
      this.#end(new Error(reason));
    }
  }

  #takeFrame(frame: BinaryNode | Uint8Array): void {
    if (frame instanceof Uint8Array) {
      this.#watchdog.enter('login');
      return;
    }
    this.#watchdog.see(frame);
    if (frame.tag === 'success') {
      this.#watchdog.enter('start');
      this.#ending.loggedIn();
      this.#creds.me = { ...this.#creds.me, lid: frame.attrs['lid'] } as NonNullable<
        AuthenticationCreds['me']
      >;
      this.#parts.listener.loading(50);
      this.#parts.listener.authenticated(ownAccountOf(this.#creds));
    }
    this.#appState.take(frame);
    this.#frames.take(frame);
    // What follows changes what Baileys sees of it.
    this.#settings?.take(frame);
    if (frame.tag === 'message') prepareForBaileys(frame);
  }

  #update({ connection, qr, isNewLogin, lastDisconnect }: Partial<ConnectionState>): void {
    const { listener } = this.#parts;
    if (qr !== undefined) {
      this.#watchdog.enter('qr');
      listener.qr(qr);
    }
    if (isNewLogin === true) {
      this.#watchdog.enter('linked');
      listener.authenticated(ownAccountOf(this.#creds));
    }
    if (connection === 'connecting' && this.#creds.me !== undefined) listener.loading(0);
    if (connection === 'open') {
      this.#watchdog.enter('replay');
      this.#progress.opened();
    }
    if (connection === 'close') void this.#close(lastDisconnect?.error);
  }

  #ready(): void {
    if (this.#ending.isKnown) return;
    const { inbox, groups, log, listener } = this.#parts;
    this.#watchdog.enter('live');
    listener.loading(100);
    listener.ready(ownAccountOf(this.#creds));
    this.#settings?.ready(this.#creds);
    void askOnceReady({
      inbox,
      groups,
      log,
      socket: this.#outgoing.socket(),
      unfinished: this.#unfinished,
      whenRecorded: () => this.#whenRecorded(),
      isOver: () => this.#ending.hasBegun,
    });
  }

  /** Resolves when all that has come is decided, on disk and drained. */
  async #whenRecorded(): Promise<void> {
    await this.#frames.messages.whenDecided();
    // The unit of the last one is staged at the end of its turn.
    await this.#keys.inUnit(() => Promise.resolve());
    await this.#writes.whenWritten();
    await this.#parts.whenDrained();
  }

  #saveCreds(): void {
    if (this.#writes.isFenced) return;
    const { inbox } = this.#parts;
    this.#writes.stage([saveCreds(inbox.parts.vault, inbox.instanceId, this.#creds)]);
  }

  #fence(reason: Error): void {
    this.#ending.fenced(reason);
    // They may be known in memory only, and what is known is not written again.
    this.#parts.inbox.addresses.forget();
    this.#parts.log.error(
      { instanceId: this.#parts.inbox.instanceId, err: reason },
      'The store failed: the connection is closed, and WhatsApp keeps what it has not been told of.',
    );
    this.#end(reason);
  }

  #giveUp(reason: string): void {
    this.#ending.tellGivenUp(reason, { isTimeout: true });
    this.#end(new Error(reason));
  }

  #end(reason: Error): void {
    void this.#socket?.end(reason);
    // A peer that no longer answers would hold a polite close for half a minute.
    this.#rawSocket?.terminate();
  }

  async #close(error: Error | undefined): Promise<void> {
    this.#ending.begin();
    this.#watchdog.stop();
    this.#settings?.end();
    this.#frames.messages.close();
    this.#aftermath.end();
    this.#ending.tellLost(error);
    await this.#writes.whenWritten();
    this.#writes.end();
    this.#ending.over();
  }
}
