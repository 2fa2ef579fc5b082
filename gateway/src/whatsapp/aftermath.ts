import type { BinaryNode } from 'baileys';
import type { Statement } from '../database/sql.ts';
import { dropContent, endOwnWork } from '../inbox/inbox-rows.ts';
import type { InstanceInbox } from '../inbox/instance-inbox.ts';
import { packPlaintexts } from '../inbox/plaintexts.ts';
import type { Log } from '../log.ts';
import type { Blobs } from '../media/blobs.ts';
import { MediaUnavailable } from '../media/media-unavailable.ts';
import { createPlaces } from '../media/places.ts';
import type { DurableWrites } from './durable-writes.ts';
import { notificationAbout, readHistory, type HistoryNotification } from './history-file.ts';
import { historyIn, pastChats, readPeerContent, resentChats, type PastChat } from './peer-messages.ts';

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
  /** Where histories are that are not inside their messages. */
  readonly blobs: Pick<Blobs, 'read'>;
  /** Milliseconds since 1970 since when the number is linked: older messages are history, not news. */
  readonly linkedAt: number;
  /** Baileys learns from a part of the history in place of that which the stanza brought. Can be done twice. */
  readonly learnHistory: (stanza: BinaryNode, history: HistoryNotification) => Promise<void>;
  /** Resolves when Baileys is through with the message that it handles now. */
  readonly whenHandled: () => Promise<void>;
  /** Resolves when every frame that Baileys has handed over until now has left. */
  readonly whenSent: () => Promise<void>;
}

const dropEveryMs = 1000;
const historiesAtOnce = 2;

/**
 * What follows when Baileys has handled a message. Its receipt has left, so WhatsApp will hardly send it again, and if
 * it does only the receipt must be repeated: the content goes. And what a message between the own devices asked for is
 * done, so it needs not be done anew after a crash; what it brought along becomes rows of the inbox.
 */
export class Aftermath {
  readonly #parts: AftermathParts;
  /** Rows before this one belong to earlier connections; messages of this one are handled in the order of the wire. */
  readonly #firstSeq: number;
  /** The last message that Baileys went on with, and the last at the time of the last look. */
  #last = 0;
  #lastBefore = 0;
  #droppedTo = 0;
  #cancelDrop: (() => void) | null = null;
  readonly #ended = new AbortController();
  readonly #places = createPlaces(historiesAtOnce);

  constructor(parts: AftermathParts) {
    this.#parts = parts;
    this.#firstSeq = parts.inbox.lastSeq + 1;
  }

  get #hasEnded(): boolean {
    return this.#ended.signal.aborted;
  }

  /** Call it while Baileys handles the message. */
  follow({ seq, peer }: DecryptedMessage): void {
    if (peer !== null) void this.#finishWhenHandled(seq, peer);
    this.#last = Math.max(this.#last, seq);
    this.#dropLater();
  }

  /**
   * Writes what a message between the own devices brought, and that Baileys has done its part. Resolves with whether it
   * could; throws never.
   */
  async finishPeer(seq: number, { stanza, plaintexts }: PeerMessage): Promise<boolean> {
    const { inbox, writes, log } = this.#parts;
    const { instanceId } = inbox;
    let lost: string | null = null;
    try {
      const content = readPeerContent(plaintexts);
      await this.#record(resentChats(content));
      const history = historyIn(content);
      if (history !== null) await this.#recordHistory(stanza, history);
    } catch (error) {
      if (writes.isFenced || this.#hasEnded) return false;
      if (!isLost(error)) {
        log.warn(
          { instanceId, seq, err: error },
          'A part of the history could not be read; it is tried again at the next connection.',
        );
        return false;
      }
      log.error({ instanceId, seq }, `A part of the history is lost. ${error.message}`);
      lost = `history: a part of it is lost. ${error.message}`;
    }
    if (writes.isFenced) return false;
    const parked = lost === null ? [] : inbox.lostRow('history', lost);
    writes.stage([endOwnWork(instanceId, seq), ...parked], parked.length === 0 ? undefined : inbox.kick);
    return true;
  }

  /** A phone sends a hundred parts of a history at once, and each takes megabytes when it is unpacked: so few at a time. */
  async #recordHistory(stanza: BinaryNode, notification: HistoryNotification): Promise<void> {
    const { inbox, writes, log, blobs, linkedAt, learnHistory } = this.#parts;
    const leave = await this.#places.enter(this.#ended.signal);
    try {
      const history = await readHistory(notification, blobs);
      this.#ended.signal.throwIfAborted();
      // Who is who comes before what they wrote.
      await learnHistory(stanza, await notificationAbout(history)).catch((error: unknown) => {
        if (writes.isFenced) throw error;
        // Such as settings that it wants to fetch at the same time. The messages do not depend on it.
        const { instanceId } = inbox;
        log.warn({ instanceId, err: error }, 'Not all that a history says of its chats could be taken in.');
      });
      this.#ended.signal.throwIfAborted();
      await this.#record(pastChats(history.chats, Math.floor(linkedAt / 1000)));
    } finally {
      leave();
    }
  }

  /** @throws Error when the connection has ended: the next one does it all once more. */
  async #record(chats: Iterable<PastChat>): Promise<void> {
    const { inbox, writes } = this.#parts;
    this.#ended.signal.throwIfAborted();
    for (const chat of chats) {
      writes.stage([this.#rowOf(chat)], inbox.kick);
      // One after the other: whatever else is to be written finds its place between them.
      await writes.whenWritten();
    }
  }

  end(): void {
    this.#ended.abort(new Error('The connection has ended.'));
    this.#cancelDrop?.();
  }

  async #finishWhenHandled(seq: number, peer: PeerMessage): Promise<void> {
    await this.#parts.whenHandled();
    await this.#parts.whenSent();
    if (!this.#parts.writes.isFenced) await this.finishPeer(seq, peer);
  }

  #dropLater(): void {
    if (this.#hasEnded || this.#cancelDrop !== null || this.#droppedTo === this.#last) return;
    this.#cancelDrop = this.#parts.inbox.parts.clock.after(dropEveryMs, () => void this.#drop());
  }

  /**
   * Drops the content of what was there at the last look: the drain has had the time since then to record its events. What
   * it has not ended keeps its content, and the sweep of old rows takes it.
   */
  async #drop(): Promise<void> {
    const { inbox, writes, whenHandled, whenSent } = this.#parts;
    const upTo = this.#lastBefore;
    this.#lastBefore = this.#last;
    await whenHandled();
    await whenSent();
    this.#cancelDrop = null;
    if (writes.isFenced || this.#hasEnded) return;
    const from = Math.max(this.#firstSeq, this.#droppedTo + 1);
    this.#droppedTo = Math.max(this.#droppedTo, upTo);
    this.#dropLater();
    if (upTo < from) return;
    // No frame depends on it, and a failure only leaves the content to the sweep: so it goes beside the durable writes.
    const { instanceId, parts } = inbox;
    parts.database.commit([dropContent(instanceId, from, upTo)]).catch(() => undefined);
  }

  /** Staged in the tick in which it takes its number, as every row. */
  #rowOf({ chat, messages, isPast }: PastChat): Statement {
    const { inbox } = this.#parts;
    return inbox.nextRow({
      kind: isPast ? 'past' : 'history',
      stanza: Buffer.from(chat),
      plaintext: inbox.parts.vault.seal(packPlaintexts(messages)),
    });
  }
}

/** Another try would end the same way. */
function isLost(error: unknown): error is MediaUnavailable {
  return error instanceof MediaUnavailable && (error.reason === 'gone' || error.reason === 'too_large');
}
