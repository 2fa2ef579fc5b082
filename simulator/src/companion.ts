import type { Account, Device } from './account.ts';
import type { DisconnectKind } from './disconnects.ts';
import type { PreKeyBundle } from './signal/index.ts';
import type { Stanza } from './stanza/codec.ts';
import { Gap } from './gap.ts';
import { ReplayPause, Valve } from './order-faults.ts';
import { StanzaQueue } from './stanza-queue.ts';
import type { QueuedStanza } from './stanza-queue.ts';
import { node } from './stanza/node.ts';
import { serverJid } from './jid.ts';

/** The public half of a key with its number, as clients upload it. */
export interface PublicKey {
  readonly id: number;
  readonly publicKey: Uint8Array;
}

export interface SignedPublicKey extends PublicKey {
  readonly signature: Uint8Array;
}

/** What a companion told about itself when it was linked. */
export interface CompanionKeys {
  readonly noiseKey: Uint8Array;
  readonly identityKey: Uint8Array;
  readonly registrationId: number;
  signedPreKey: SignedPublicKey;
}

/** A logged-in socket of a companion. */
export interface Wire {
  send(stanza: Stanza): void;
  end(kind: DisconnectKind): void;
}

/** Below this many one-time pre-keys WhatsApp asks for more. */
const preKeysLow = 5;

/** A linked device: its keys, and the queue of what it has not acknowledged. Both outlive its connections. */
export class Companion implements Device {
  readonly account: Account;
  readonly id: number;
  readonly keyIndex: number;
  readonly keys: CompanionKeys;
  readonly queue = new StanzaQueue();
  readonly gap = new Gap();
  readonly replayPause = new ReplayPause();
  /** Through this go the server's acks of its messages. */
  readonly acks = new Valve();
  readonly preKeys = new Map<number, Uint8Array>();
  /** True once the handset has sent the keys and the history that a new companion waits for. */
  isSynced = false;
  #wire: Wire | undefined;
  #isLive = false;
  #keyOf: (stanza: Stanza) => string;
  #hasAskedForPreKeys = false;

  constructor(account: Account, id: number, keys: CompanionKeys, keyOf: (stanza: Stanza) => string) {
    this.account = account;
    this.id = id;
    this.keyIndex = id;
    this.keys = keys;
    this.#keyOf = keyOf;
  }

  /** True while what is sent to it goes out at once instead of only into the queue. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** True while a logged-in socket is there. */
  get isConnected(): boolean {
    return this.#wire !== undefined;
  }

  /** Takes a new login; the previous socket, if there still is one, is told that it was replaced. */
  connect(wire: Wire): void {
    this.#wire?.end('replaced');
    this.#wire = wire;
    this.#isLive = false;
  }

  /**
   * Sends all that is open, oldest first, and from now on everything as it comes. When the last is out, `replayed`
   * hears how many of them had been sent before; never, when the socket goes while the replay is held back.
   */
  goLive(replayed: (redelivered: number) => void): void {
    const wire = this.#wire;
    this.#isLive = wire !== undefined;
    let redelivered = 0;
    const send = (entry: QueuedStanza) => {
      if (this.#wire !== wire) return;
      if (entry.sent) redelivered++;
      entry.sent = true;
      const { tag, attrs, content } = entry.stanza;
      wire?.send(node(tag, { ...attrs, offline: '0' }, content));
    };
    this.replayPause.run(this.queue.open(), send, () => {
      if (this.#wire === wire) replayed(redelivered);
    });
  }

  /** The socket is gone; ignored when another one has taken over. */
  leave(wire: Wire): void {
    if (this.#wire !== wire) return;
    this.#wire = undefined;
    this.#isLive = false;
  }

  /** Ends the connection, if there is one, in the given way; false when there is none. */
  disconnect(kind: DisconnectKind): boolean {
    const wire = this.#wire;
    wire?.end(kind);
    return wire !== undefined;
  }

  deliver(stanza: Stanza): void {
    const entry = this.queue.add(this.#keyOf(stanza), stanza);
    if (!this.#isLive) return;
    entry.sent = true;
    this.#wire?.send(stanza);
  }

  /** Sends without queueing, and only while connected: for what no client acknowledges. */
  sendNow(stanza: Stanza): void {
    this.#wire?.send(stanza);
  }

  hear(stanza: Stanza): void {
    this.sendNow(stanza);
  }

  addPreKeys(keys: PublicKey[]): void {
    for (const key of keys) this.preKeys.set(key.id, key.publicKey);
    this.#hasAskedForPreKeys = false;
  }

  bundle(): PreKeyBundle {
    const preKey = this.#takePreKey();
    return { ...this.lastingKeys(), ...(preKey && { preKey }) };
  }

  /** The bundle without a one-time pre-key. */
  lastingKeys(): PreKeyBundle {
    const { identityKey, registrationId, signedPreKey } = this.keys;
    return { registrationId, identityKey, signedPreKey };
  }

  #takePreKey(): PublicKey | undefined {
    const [first] = this.preKeys;
    if (first) this.preKeys.delete(first[0]);
    if (this.preKeys.size < preKeysLow && this.isSynced && !this.#hasAskedForPreKeys) this.#askForPreKeys();
    return first && { id: first[0], publicKey: first[1] };
  }

  #askForPreKeys(): void {
    this.#hasAskedForPreKeys = true;
    const t = String(Math.floor(Date.now() / 1000));
    const count = node('count', { value: String(this.preKeys.size) });
    this.deliver(node('notification', { from: serverJid, type: 'encrypt', id: `prekeys-${t}`, t }, [count]));
  }
}
