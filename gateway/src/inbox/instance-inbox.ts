import type { Addresses } from '../chats/addresses.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Statement } from '../database/sql.ts';
import type { Lifecycle } from '../events/translation.ts';
import type { Vault } from '../vault.ts';
import type { InboxMeasures } from './inbox-measures.ts';
import {
  endRow,
  insertRow,
  lastSeq,
  type InboxKind,
  type InboxRecord,
  type NewInboxRecord,
} from './inbox-rows.ts';

export interface InboxParts extends InboxMeasures {
  readonly database: Database;
  readonly vault: Vault;
  readonly clock: Clock;
}

/** Who makes events of the rows: the drain. */
export interface RowTaker {
  /** There may be rows to take in the store. */
  kick(): void;
  /**
   * A row that is decided, and staged to be written; call `written` or `lost` when it is known which. Rows of the past are not
   * handed over.
   */
  hand(row: InboxRecord): void;
  /** A row that was handed over is on disk. */
  written(row: InboxRecord): void;
  /** Rows that were handed over could not be written. */
  lost(): void;
}

/** The inbox of one instance: where everything that happens on its number becomes durable, in the order of the wire. */
export class InstanceInbox {
  readonly instanceId: number;
  readonly parts: InboxParts;
  readonly addresses: Addresses;
  readonly taker: RowTaker;
  #seq: number;

  private constructor(
    instanceId: number,
    parts: InboxParts,
    addresses: Addresses,
    taker: RowTaker,
    seq: number,
  ) {
    this.instanceId = instanceId;
    this.parts = parts;
    this.addresses = addresses;
    this.taker = taker;
    this.#seq = seq;
  }

  static async open(
    instanceId: number,
    parts: InboxParts,
    addresses: Addresses,
    taker: RowTaker,
  ): Promise<InstanceInbox> {
    return new InstanceInbox(instanceId, parts, addresses, taker, await lastSeq(parts.database, instanceId));
  }

  /** Rows were committed that the drain can take. */
  readonly kick = (): void => this.taker.kick();

  /** The last wire sequence number that was given. */
  get lastSeq(): number {
    return this.#seq;
  }

  /** The next wire sequence number. Whoever takes one stages its row in the same tick, so that rows commit in order. */
  nextSeq(): number {
    return ++this.#seq;
  }

  /** A row that needs no key and comes next, ready for the drain; stage it in the tick in which you ask for it. */
  nextRow(row: Pick<NewInboxRecord, 'kind' | 'stanza' | 'plaintext'>): Statement {
    const receivedAt = this.parts.clock.now();
    return insertRow(this.instanceId, {
      ...row,
      seq: this.nextSeq(),
      state: 'decided',
      hash: null,
      receivedAt,
    });
  }

  /**
   * A parked row for what WhatsApp named and cannot be had, so that somebody sees the reason; stage it in the tick in which you
   * ask for it.
   */
  lostRow(kind: InboxKind, note: string): Statement[] {
    const seq = this.nextSeq();
    const row = { seq, kind, hash: null, stanza: null, plaintext: null, receivedAt: this.parts.clock.now() };
    this.parts.onParked?.(note);
    return [
      insertRow(this.instanceId, { ...row, state: 'parked' }),
      endRow(this.instanceId, seq, 'parked', note),
    ];
  }

  /** Records changes of the connection, and `also` in the same unit of work; resolves when they are on disk. */
  async recordLifecycle(changes: readonly Lifecycle[], also: readonly Statement[]): Promise<void> {
    const rows = changes.map((change) =>
      this.nextRow({ kind: 'lifecycle', stanza: Buffer.from(JSON.stringify(change)), plaintext: null }),
    );
    await this.parts.database.commit([...rows, ...also]);
    this.kick();
  }
}
