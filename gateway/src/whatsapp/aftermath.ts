import type { BinaryNode } from 'baileys';
import type { Statement } from '../database/sql.ts';
import { dropContent, endOwnWork, insertRow } from '../inbox/inbox-rows.ts';
import type { InstanceInbox } from '../inbox/instance-inbox.ts';
import { packPlaintexts } from '../inbox/plaintexts.ts';
import type { Log } from '../log.ts';
import type { DurableWrites } from './durable-writes.ts';
import { pastChats, readPeerContent, type PastChat } from './peer-messages.ts';

/** A message that is decrypted, and that Baileys goes on to handle. */
export interface DecryptedMessage {
  /** Of the row that stands for it. */
  readonly seq: number;
  /** For a message between the own devices, which asks something of Baileys. */
  readonly peer: PeerMessage | null;
}

export interface PeerMessage {
  readonly stanza: BinaryNode;
  readonly plaintexts: readonly Uint8Array[];
}

export interface AftermathParts {
  readonly inbox: InstanceInbox;
  readonly writes: DurableWrites;
  readonly log: Log;
  /** Milliseconds since 1970 since when the number is linked: older messages are history, not news. */
  readonly linkedAt: number;
  /** Resolves when Baileys is through with the message that it handles now. */
  readonly whenHandled: () => Promise<void>;
  /** Resolves when every frame that Baileys has handed over until now has left. */
  readonly whenSent: () => Promise<void>;
}

const dropEveryMs = 1000;
const dropAtOnce = 64;
/** So often a row that is not through yet is looked at again; then the sweep of old rows takes its content. */
const dropTries = 5;

/**
 * What follows when Baileys has handled a message. Its receipt has left, so WhatsApp will hardly send it again, and if
 * it does only the receipt must be repeated: the content goes. And what a message between the own devices asked for is
 * done, so it needs not be done anew after a crash; what it brought along becomes rows of the inbox.
 */
export class Aftermath {
  readonly #parts: AftermathParts;
  /** Rows whose receipt has left, with how often they were looked at. */
  readonly #answered = new Map<number, number>();
  #cancelDrop: (() => void) | null = null;
  #hasEnded = false;

  constructor(parts: AftermathParts) {
    this.#parts = parts;
  }

  /** Call it while Baileys handles the message. */
  follow(message: DecryptedMessage): void {
    void this.#parts.whenHandled().then(() => this.#handled(message));
  }

  /** Writes what a message between the own devices brought, and that Baileys has done its part. Throws never. */
  async finishPeer(seq: number, { plaintexts }: PeerMessage): Promise<void> {
    const { inbox, writes, log, linkedAt } = this.#parts;
    const { instanceId } = inbox;
    let chats: PastChat[];
    try {
      chats = await pastChats(readPeerContent(plaintexts), Math.floor(linkedAt / 1000));
    } catch (error) {
      log.warn(
        { instanceId, seq, err: error },
        'A part of the history could not be read; it is tried again at the next connection.',
      );
      return;
    }
    if (writes.isFenced) return;
    writes.stage([...chats.map((chat) => this.#rowOf(chat)), endOwnWork(instanceId, seq)], inbox.kick);
  }

  end(): void {
    this.#hasEnded = true;
    this.#cancelDrop?.();
    if (!this.#parts.writes.isFenced) this.#drop();
  }

  async #handled({ seq, peer }: DecryptedMessage): Promise<void> {
    await this.#parts.whenSent();
    if (this.#parts.writes.isFenced) return;
    if (peer !== null) await this.finishPeer(seq, peer);
    this.#answered.set(seq, 0);
    if (this.#hasEnded) return;
    if (this.#answered.size % dropAtOnce === 0) this.#drop();
    else this.#dropLater();
  }

  #dropLater(): void {
    this.#cancelDrop ??= this.#parts.inbox.parts.clock.after(dropEveryMs, () => this.#drop());
  }

  /** No frame depends on it, and a failure only leaves the content to the sweep: so it goes beside the durable writes. */
  #drop(): void {
    this.#cancelDrop?.();
    this.#cancelDrop = null;
    const { instanceId, parts } = this.#parts.inbox;
    const seqs = [...this.#answered.keys()].slice(0, dropAtOnce * 4);
    if (seqs.length === 0) return;
    const tries = new Map(seqs.map((seq) => [seq, (this.#answered.get(seq) ?? 0) + 1]));
    for (const seq of seqs) this.#answered.delete(seq);
    parts.database.commit([dropContent(instanceId, seqs)]).then(
      ([dropped = []]) => {
        const gone = new Set(dropped.map(({ seq }) => seq));
        for (const [seq, count] of tries)
          if (!gone.has(seq) && count < dropTries) this.#answered.set(seq, count);
        if (this.#answered.size > 0 && !this.#hasEnded) this.#dropLater();
      },
      () => undefined,
    );
  }

  /** Staged in the tick in which it takes its number, as every row. */
  #rowOf({ chat, messages }: PastChat): Statement {
    const { inbox } = this.#parts;
    return insertRow(inbox.instanceId, {
      seq: inbox.nextSeq(),
      kind: 'history',
      state: 'decided',
      hash: null,
      stanza: Buffer.from(chat),
      plaintext: inbox.parts.vault.seal(packPlaintexts(messages)),
      receivedAt: inbox.parts.clock.now(),
    });
  }
}
