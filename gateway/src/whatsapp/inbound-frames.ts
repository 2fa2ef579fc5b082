import type { BinaryNode } from 'baileys';
import type { Statement } from '../database/sql.ts';
import { insertGap } from '../inbox/gaps.ts';
import {
  endRow,
  insertRow,
  undecidedRows,
  type InboxKind,
  type NewInboxRecord,
} from '../inbox/inbox-rows.ts';
import type { InstanceInbox } from '../inbox/instance-inbox.ts';
import { packPlaintexts } from '../inbox/plaintexts.ts';
import type { Log } from '../log.ts';
import { encodeStanza } from './codec.ts';
import type { DurableWrites } from './durable-writes.ts';
import { childrenOf, hashOf, partsOf } from './message-parts.ts';
import { OfflineReplay } from './offline-replay.ts';
import { emptyPlaintext, OpenMessages, type OpenMessagesParts } from './open-messages.ts';

export interface FramesParts extends OpenMessagesParts {
  /** Called when WhatsApp has replayed what it kept, and that is on disk. */
  readonly onOfflineSyncEnded: () => void;
  /** Called with how much of what WhatsApp announced to have kept has come, from 0 to 1, when more of it comes. */
  readonly onReplayed?: (part: number) => void;
}

/**
 * Everything that arrives on one connection, on its way into the inbox. Each frame gets its wire sequence number and its
 * row before Baileys handles it; the decryption of a message decides its row in the same unit of work as the ratchet.
 */
export class InboundFrames {
  readonly #inbox: InstanceInbox;
  readonly #writes: DurableWrites;
  readonly #log: Log;
  readonly #onOfflineSyncEnded: () => void;
  readonly #onReplayed: ((part: number) => void) | undefined;
  readonly #replay = new OfflineReplay();
  /** Those that are not decrypted yet. */
  readonly messages: OpenMessages;
  /** Messages that earlier connections left undecided, by the hash of their ciphertexts. */
  #owed = new Map<string, number[]>();

  constructor(parts: FramesParts) {
    const { inbox, writes, log, onOfflineSyncEnded, onReplayed } = parts;
    this.#inbox = inbox;
    this.#writes = writes;
    this.#log = log;
    this.messages = new OpenMessages(parts);
    this.#onOfflineSyncEnded = onOfflineSyncEnded;
    this.#onReplayed = onReplayed;
  }

  /** Reads what earlier connections left undecided; call before the socket opens. */
  async prepare(): Promise<void> {
    const rows = await undecidedRows(this.#inbox.parts.database, this.#inbox.instanceId);
    for (const { hash, seq } of rows) this.#owed.set(hash, [...(this.#owed.get(hash) ?? []), seq]);
  }

  /** Takes one stanza in, synchronously: the order of the calls is the order of the wire. */
  take(stanza: BinaryNode): void {
    if (this.#writes.isFenced) return;
    this.#replay.take(stanza);
    if (stanza.attrs['offline'] !== undefined) this.#onReplayed?.(this.#replay.progress ?? 0);
    switch (stanza.tag) {
      case 'message':
        this.#takeMessage(stanza);
        return;
      case 'receipt':
      case 'notification':
      case 'call':
        this.#stageDecided(stanza, 'stanza', null);
        return;
      case 'ack':
        if (stanza.attrs['class'] === 'message') this.#stageDecided(stanza, 'sent', null);
        return;
      case 'ib':
        if (childrenOf(stanza).some(({ tag }) => tag === 'offline')) this.#endOfflineSync();
        return;
      default:
        return; // Answers to our own queries, and the stream itself: nothing that a receiver could miss.
    }
  }

  #takeMessage(stanza: BinaryNode): void {
    const { ciphertexts, plaintext } = partsOf(stanza);
    if (ciphertexts.length === 0) {
      // Channels send plaintext, without the padding that decrypted content has.
      this.#stageDecided(stanza, 'message', plaintext && Buffer.concat([plaintext, emptyPlaintext]));
      return;
    }
    this.#stageUndecided(stanza, ciphertexts);
  }

  #stageUndecided(stanza: BinaryNode, ciphertexts: readonly Uint8Array[]): void {
    const seq = this.#inbox.nextSeq();
    const hash = hashOf(stanza, ciphertexts);
    const row = this.#row(stanza, { seq, kind: 'message', state: 'undecided', hash, plaintext: null });
    this.#writes.stage([insertRow(this.#inbox.instanceId, row)]);
    const hashText = Buffer.from(hash).toString('hex');
    const isOwed = this.#owed.delete(hashText);
    this.messages.add({ row, stanza, hash, hashText, ciphertexts, isOwed });
  }

  #stageDecided(stanza: BinaryNode, kind: InboxKind, plaintext: Uint8Array | null): void {
    const { instanceId, parts, taker } = this.#inbox;
    const sealed = plaintext && parts.vault.seal(packPlaintexts([plaintext]));
    const seq = this.#inbox.nextSeq();
    const row = this.#row(stanza, { seq, kind, state: 'decided', hash: null, plaintext: sealed });
    const record = { ...row, note: null };
    this.#writes.stage(
      [insertRow(instanceId, row)],
      () => taker.written(record),
      () => taker.lost(),
    );
    taker.hand(record);
  }

  #row(stanza: BinaryNode, row: Omit<NewInboxRecord, 'stanza' | 'receivedAt'>): NewInboxRecord {
    return { ...row, stanza: this.#encode(stanza), receivedAt: this.#inbox.parts.clock.now() };
  }

  /** Null, and the row is parked by the drain, for a stanza that the encoder does not take. */
  #encode(stanza: BinaryNode): Uint8Array | null {
    try {
      return encodeStanza(stanza);
    } catch (error) {
      const { instanceId } = this.#inbox;
      this.#log.error(
        { instanceId, tag: stanza.tag, err: error },
        'A stanza could not be stored as it came.',
      );
      return null;
    }
  }

  /** WhatsApp has replayed all it had: what it owed from before and did not send again will not come. */
  #endOfflineSync(): void {
    const { instanceId } = this.#inbox;
    for (const seq of [...this.#owed.values()].flat()) {
      this.#log.warn(
        { instanceId, seq },
        'A message was received but never decrypted, and WhatsApp did not send it again.',
      );
      this.#writes.stage([endRow(instanceId, seq, 'undecryptable', 'never decrypted, not delivered again')]);
    }
    this.#owed.clear();
    this.#writes.stage(this.#gaps(), () => this.#onOfflineSyncEnded());
  }

  #gaps(): Statement[] {
    const { instanceId, parts } = this.#inbox;
    return this.#replay.shortages().map((shortage) => {
      const { kind, announced, received } = shortage;
      this.#log.warn(
        { instanceId, kind, announced, received },
        'WhatsApp announced more than it delivered: something is missing.',
      );
      parts.onGap?.(kind);
      return insertGap(instanceId, { ...shortage, detectedAt: parts.clock.now() });
    });
  }
}
