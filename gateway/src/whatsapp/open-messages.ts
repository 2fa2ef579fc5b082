import type { BinaryNode } from 'baileys';
import type { Statement } from '../database/sql.ts';
import {
  decideRow,
  endRedeliveries,
  findByHash,
  giveUpDecryption,
  type InboxRecord,
  type KnownCiphertext,
  type NewInboxRecord,
} from '../inbox/inbox-rows.ts';
import type { InstanceInbox } from '../inbox/instance-inbox.ts';
import { packPlaintexts, unpackPlaintexts } from '../inbox/plaintexts.ts';
import type { Log } from '../log.ts';
import type { DecryptedMessage } from './aftermath.ts';
import type { DurableWrites } from './durable-writes.ts';
import { withoutHistory } from './peer-messages.ts';

/** A message that came on this connection and is not decrypted yet. */
interface OpenMessage {
  readonly seq: number;
  /** Its row as it came; null where so many are open that they would fill the memory. */
  readonly row: NewInboxRecord | null;
  readonly stanza: BinaryNode;
  readonly hash: Uint8Array;
  /** The same as hex. */
  readonly hashText: string;
  readonly ciphertexts: readonly Uint8Array[];
  readonly plaintexts: Map<Uint8Array, Uint8Array>;
  /** Ciphertexts that could not be decrypted. */
  readonly failed: Set<Uint8Array>;
  /** Other undecided rows may stand for the same ciphertexts. */
  hasTwins: boolean;
  /** Monotonic milliseconds. */
  readonly arrivedAt: number;
  /** The row that an earlier delivery of the same ciphertexts made. Looked up at the frame for what WhatsApp replays. */
  earlier: Promise<KnownCiphertext | undefined> | null;
}

/** A message with its row, which is undecided. */
export interface NewMessage extends Pick<OpenMessage, 'stanza' | 'hash' | 'hashText' | 'ciphertexts'> {
  readonly row: NewInboxRecord;
  /** An earlier connection left a row of the same ciphertexts undecided. */
  readonly isOwed: boolean;
}

export interface OpenMessagesParts {
  readonly inbox: InstanceInbox;
  readonly writes: DurableWrites;
  readonly log: Log;
  /** Whether a wire jid is the account's own. */
  readonly isOwn: (jid: string) => boolean;
  /** Called when a message has all of its content, on this connection or an earlier one, and Baileys goes on with it. */
  readonly onDecrypted: (message: DecryptedMessage) => void;
}

/** A message whose content was dropped after its receipt had left is an empty one: only the receipt is repeated. */
export const emptyPlaintext = Uint8Array.of(1);

/** A message's content, and its row when that is decided by it, to be handed to the drain. */
export interface Decrypted {
  readonly plaintext: Uint8Array;
  readonly row: InboxRecord | null;
}

/** Rows of open messages in memory. */
const rowsInMemory = 500;

/** After this long without any decryption, what is still undecided will never be. */
export const stalledMs = 60_000;

/**
 * The messages of one connection that are not decrypted yet. Decryption decides a message's row, or the row of an earlier
 * delivery of the same ciphertexts, in the unit of work that moves the ratchet.
 */
export class OpenMessages {
  readonly #inbox: InstanceInbox;
  readonly #writes: DurableWrites;
  readonly #log: Log;
  readonly #isOwn: (jid: string) => boolean;
  readonly #onDecrypted: (message: DecryptedMessage) => void;
  readonly #byCiphertext = new WeakMap<Uint8Array, OpenMessage>();
  /** The last one of those ciphertexts that is open. */
  readonly #byHash = new Map<string, OpenMessage>();
  /** By sequence number, in wire order. */
  readonly #open = new Map<number, OpenMessage>();
  /** Who waits for all messages up to a number. */
  #waiting: { readonly last: number; readonly resolve: () => void }[] = [];
  #cancelStallCheck: (() => void) | null = null;
  /** Monotonic milliseconds of the last message that was decrypted or given up. */
  #progressAt = 0;

  constructor({ inbox, writes, log, isOwn, onDecrypted }: OpenMessagesParts) {
    this.#inbox = inbox;
    this.#writes = writes;
    this.#log = log;
    this.#isOwn = isOwn;
    this.#onDecrypted = onDecrypted;
  }

  /** Takes a message whose row is staged. */
  add({ row, stanza, hash, hashText, ciphertexts, isOwed }: NewMessage): void {
    const { seq } = row;
    const isReplay = stanza.attrs['offline'] !== undefined;
    const message: OpenMessage = {
      seq,
      row: this.#open.size < rowsInMemory ? row : null,
      stanza,
      hash,
      hashText,
      ciphertexts,
      plaintexts: new Map(),
      failed: new Set(),
      hasTwins: isOwed,
      arrivedAt: this.#inbox.parts.clock.monotonic(),
      earlier: isReplay ? this.#lookUp(hash, seq) : null,
    };
    this.#findTwins(message);
    for (const ciphertext of ciphertexts) this.#byCiphertext.set(ciphertext, message);
    this.#open.set(seq, message);
    if (this.#cancelStallCheck === null) this.#checkLater();
  }

  /**
   * Decrypts one ciphertext inside a unit of work and adds what decides its row to the unit. A redelivery gets the
   * plaintext of the first delivery and touches no ratchet. Resolves with what Baileys is to see of the plaintext.
   *
   * @throws what `decrypt` throws, when the message cannot be decrypted; its row goes on without content then.
   */
  async decrypt(
    ciphertext: Uint8Array,
    unit: Statement[],
    decrypt: () => Promise<Uint8Array>,
  ): Promise<Decrypted> {
    const message = this.#byCiphertext.get(ciphertext);
    if (message === undefined) return { plaintext: await decrypt(), row: null };
    const { plaintext, row } = await this.#decrypt(message, ciphertext, unit, decrypt);
    return { plaintext: this.#isPeer(message.stanza) ? withoutHistory(plaintext) : plaintext, row };
  }

  /** Resolves when each message that has come so far is decrypted or given up, or the connection is over. */
  async whenDecided(): Promise<void> {
    const last = [...this.#open.keys()].at(-1);
    if (last === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ last, resolve });
    await promise;
  }

  /** Nothing more comes; what is open stays undecided, for WhatsApp to deliver again. */
  close(): void {
    this.#cancelStallCheck?.();
    this.#open.clear();
    this.#byHash.clear();
    this.#tellWaiting();
  }

  async #decrypt(
    message: OpenMessage,
    ciphertext: Uint8Array,
    unit: Statement[],
    decrypt: () => Promise<Uint8Array>,
  ): Promise<Decrypted> {
    const replayed = await this.#fromEarlier(message, ciphertext, unit);
    if (replayed !== null) return { plaintext: replayed, row: null };
    let plaintext: Uint8Array;
    try {
      plaintext = await decrypt();
    } catch (error) {
      // The store failed, not the message: its row stays as it is, for WhatsApp to deliver again.
      if (this.#writes.isFenced) throw error;
      // WhatsApp may deliver again without marking it, or before the first one is on disk: then the ratchet has moved
      // on, and the first row has it.
      await this.#writes.whenWritten();
      message.earlier = this.#lookUp(message.hash, message.seq);
      const known = await this.#fromEarlier(message, ciphertext, unit);
      if (known !== null) return { plaintext: known, row: null };
      message.failed.add(ciphertext);
      // The last one is the content; what stands before it are keys, which may be known already.
      if (ciphertext === message.ciphertexts.at(-1))
        this.#giveUp(message, unit, error instanceof Error ? error.message : String(error));
      throw error;
    }
    return { plaintext, row: await this.#decide(message, ciphertext, plaintext, unit) };
  }

  /** Only a delivery that comes while an earlier one is still open is found here; of the others the store knows. */
  #findTwins(message: OpenMessage): void {
    const open = this.#byHash.get(message.hashText);
    this.#byHash.set(message.hashText, message);
    if (open === undefined) return;
    open.hasTwins = true;
    message.hasTwins = true;
  }

  #lookUp(hash: Uint8Array, beforeSeq: number): Promise<KnownCiphertext | undefined> {
    const found = findByHash(this.#inbox.parts.database, this.#inbox.instanceId, hash, beforeSeq);
    return found.catch((error: unknown) => {
      this.#writes.fence(error);
      // An error would read as "cannot be decrypted". The connection is over; nobody waits for its messages.
      return new Promise<never>(() => undefined);
    });
  }

  /** The plaintext that an earlier delivery left; null when there was none or it was not decrypted. */
  async #fromEarlier(
    message: OpenMessage,
    ciphertext: Uint8Array,
    unit: Statement[],
  ): Promise<Uint8Array | null> {
    const earlier = await message.earlier;
    if (earlier === undefined || earlier === null) return null;
    const { instanceId } = this.#inbox;
    const plaintexts = this.#plaintextsOf(earlier);
    const plaintext = plaintexts[message.ciphertexts.indexOf(ciphertext)];
    if (earlier.state === 'undecided') {
      if (plaintext === undefined) return null;
      await this.#decide(message, ciphertext, plaintext, unit);
      return plaintext;
    }
    this.#close(message, ciphertext, earlier.seq, plaintexts);
    unit.push(endRedeliveries(instanceId, earlier.seq, message.hash));
    return plaintext ?? emptyPlaintext;
  }

  /** None when they are gone or damaged: an error would read as "cannot be decrypted", and the drain tells of the row. */
  #plaintextsOf({ seq, plaintext }: KnownCiphertext): Uint8Array[] {
    const { instanceId, parts } = this.#inbox;
    try {
      return plaintext === null ? [] : unpackPlaintexts(parts.vault.open(plaintext));
    } catch (error) {
      this.#log.error({ instanceId, seq, err: error }, 'The stored content of a message is damaged.');
      return [];
    }
  }

  /**
   * Decides the row that came first for these ciphertexts; a later one ends as its redelivery. Resolves with the message's own
   * row when that is the one.
   */
  async #decide(
    message: OpenMessage,
    ciphertext: Uint8Array,
    plaintext: Uint8Array,
    unit: Statement[],
  ): Promise<InboxRecord | null> {
    const { instanceId, parts } = this.#inbox;
    message.plaintexts.set(ciphertext, plaintext);
    const isWhole = message.plaintexts.size + message.failed.size === message.ciphertexts.length;
    const plaintexts = message.ciphertexts.flatMap((each) => message.plaintexts.get(each) ?? []);
    const earlier = await message.earlier;
    const seq = earlier?.state === 'undecided' ? earlier.seq : message.seq;
    const sealed = parts.vault.seal(packPlaintexts(plaintexts));
    const hasOwnWork = isWhole && this.#isPeer(message.stanza);
    unit.push(decideRow(instanceId, seq, isWhole ? 'decided' : 'undecided', sealed, hasOwnWork));
    if (!isWhole) return null;
    this.#close(message, ciphertext, seq, plaintexts);
    if (message.hasTwins || earlier) unit.push(endRedeliveries(instanceId, seq, message.hash));
    const isOther = message.row === null || seq !== message.seq;
    return isOther ? null : { ...message.row, state: 'decided', plaintext: sealed, note: null };
  }

  /** Baileys has the content, and the row `seq` stands for the message. */
  #close(message: OpenMessage, ciphertext: Uint8Array, seq: number, plaintexts: readonly Uint8Array[]): void {
    this.#forget(message);
    const { stanza, ciphertexts } = message;
    if (ciphertext !== ciphertexts.at(-1)) return;
    const peer = this.#isPeer(stanza) && plaintexts.length > 0 ? { stanza, plaintexts } : null;
    this.#onDecrypted({ seq, peer });
  }

  #forget(message: OpenMessage): void {
    this.#open.delete(message.seq);
    if (this.#byHash.get(message.hashText) === message) this.#byHash.delete(message.hashText);
    this.#progressAt = this.#inbox.parts.clock.monotonic();
    if (this.#waiting.length > 0) this.#tellWaiting();
  }

  #tellWaiting(): void {
    const oldest = this.#open.keys().next().value ?? Infinity;
    this.#waiting = this.#waiting.filter(({ last, resolve }) => {
      if (oldest <= last) return true;
      resolve();
      return false;
    });
  }

  #giveUp(message: OpenMessage, unit: Statement[], why: string): void {
    this.#forget(message);
    const { instanceId } = this.#inbox;
    // With the row that an earlier connection left for it, or that one would hold its chat.
    unit.push(giveUpDecryption(instanceId, message.hash, why));
    this.#log.warn({ instanceId, seq: message.seq }, `A message could not be decrypted: ${why}`);
  }

  #checkLater(): void {
    const { clock } = this.#inbox.parts;
    const dueAt = clock.monotonic() + stalledMs;
    this.#cancelStallCheck = clock.after(stalledMs, () => {
      // The machine or the process slept: whatever came has had no time to be decrypted.
      if (clock.monotonic() - dueAt > stalledMs) this.#progressAt = clock.monotonic();
      this.#parkStalled();
    });
  }

  /** A long replay is no stall: messages wait for each other, and then some progress is seen. */
  #parkStalled(): void {
    this.#cancelStallCheck = null;
    if (this.#writes.isFenced || this.#open.size === 0) return;
    const { clock } = this.#inbox.parts;
    const before = clock.monotonic() - stalledMs;
    const unit: Statement[] = [];
    for (const message of this.#open.values()) {
      if (this.#progressAt <= before && message.arrivedAt <= before) {
        this.#giveUp(message, unit, 'Baileys did not decrypt it');
      }
    }
    if (unit.length > 0) this.#writes.stage(unit, this.#inbox.kick);
    if (this.#open.size > 0) this.#checkLater();
  }

  /** Between the account's own devices: it asks something of Baileys itself. Anybody can write `peer` on a message. */
  #isPeer({ attrs }: BinaryNode): boolean {
    return attrs['category'] === 'peer' && this.#isOwn(attrs['from'] ?? '');
  }
}
