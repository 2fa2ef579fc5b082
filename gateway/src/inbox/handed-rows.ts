import type { InboxRecord } from './inbox-rows.ts';

/** What more of it comes is read from the store. */
const bytesMax = 8 * 1024 * 1024;

/** Rows in memory that wait for the drain: it takes them while they follow each other, and else asks the store. */
export class HandedRows {
  readonly #rows = new Map<number, InboxRecord>();
  #bytes = 0;

  add(row: InboxRecord): void {
    if (this.#bytes >= bytesMax || this.#rows.has(row.seq)) return;
    this.#rows.set(row.seq, row);
    this.#bytes += bytesOf(row);
  }

  has(seq: number): boolean {
    return this.#rows.has(seq);
  }

  /** Takes those that come right after `seq`, up to the first that is not here. */
  takeAfter(seq: number, limit: number): InboxRecord[] {
    const taken: InboxRecord[] = [];
    for (let next = seq + 1; taken.length < limit; next++) {
      const row = this.#rows.get(next);
      if (row === undefined) break;
      this.#drop(row);
      taken.push(row);
    }
    return taken;
  }

  dropUpTo(seq: number): void {
    for (const row of this.#rows.values()) if (row.seq <= seq) this.#drop(row);
  }

  clear(): void {
    this.#rows.clear();
    this.#bytes = 0;
  }

  #drop(row: InboxRecord): void {
    this.#rows.delete(row.seq);
    this.#bytes -= bytesOf(row);
  }
}

function bytesOf({ stanza, plaintext }: InboxRecord): number {
  return (stanza?.length ?? 0) + (plaintext?.length ?? 0);
}
