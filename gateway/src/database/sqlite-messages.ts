import type { Row } from './database.ts';
import { textsWith, type SqlValue, type Statement } from './sql.ts';

/**
 * What the gateway's thread and the thread of SQLite say to each other. A structured clone costs by the object, so a
 * batch is one message of a few flat arrays, and all its bytes are one buffer that is moved, not copied.
 */
export type Request =
  | { readonly kind: 'commit'; readonly packed: PackedUnits }
  | { readonly kind: 'read'; readonly packed: PackedStatements }
  | { readonly kind: 'close' };

/** Replies come in the order of the requests. */
export type Reply =
  | { readonly kind: 'done'; readonly results?: PackedResults }
  /** The read is at fault. */
  | { readonly kind: 'data-error'; readonly message: string }
  /** The store is; the thread ends after this. */
  | { readonly kind: 'store-failure'; readonly message: string };

/** Values in a row; each `undefined` stands for bytes, whose length is the next of `lengths`. */
export interface PackedValues {
  readonly scalars: (string | number | null | undefined)[];
  readonly lengths: number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface PackedStatements {
  /** Each different text once, with the number of its values. */
  readonly texts: string[];
  readonly valueCounts: number[];
  /** For each statement its text's index. */
  readonly statements: number[];
  readonly values: PackedValues;
}

export interface PackedUnits extends PackedStatements {
  /** For each unit the number of its statements. */
  readonly units: number[];
}

export interface PackedResults {
  /** The columns of each different kind of row. */
  readonly shapes: (readonly string[])[];
  /**
   * For each statement that gave rows three numbers: its index among all of them, the shape of its rows and their count.
   * Their values follow each other.
   */
  readonly results: number[];
  readonly values: PackedValues;
  /** The units that were refused, and why. */
  readonly refused: { readonly unit: number; readonly message: string }[];
}

export function packUnits(units: readonly (readonly Statement[])[]): PackedUnits {
  return { ...packStatements(units.flat()), units: units.map((unit) => unit.length) };
}

export function packStatements(list: readonly Statement[]): PackedStatements {
  const indexes = new Map<string, number>();
  const valueCounts: number[] = [];
  const statements: number[] = [];
  const values = new ValuePacker();
  for (const statement of list) {
    const text = textOf(statement);
    let index = indexes.get(text);
    if (index === undefined) {
      index = indexes.size;
      indexes.set(text, index);
      valueCounts.push(statement.values.length);
    }
    statements.push(index);
    for (const value of statement.values) values.push(value);
  }
  return { texts: [...indexes.keys()], valueCounts, statements, values: values.finish() };
}

const textOf = textsWith(() => '?');

/** The values in the order of the columns, as `node:sqlite` gives them; it refuses integers that need a bigint. */
export type ResultRow = readonly (SqlValue | bigint)[];

export interface Result {
  readonly statement: number;
  readonly columns: readonly string[];
  readonly rows: readonly ResultRow[];
}

export function packResults(list: readonly Result[], refused: PackedResults['refused']): PackedResults {
  const values = new ValuePacker();
  const shapes = new Map<readonly string[], number>();
  const results: number[] = [];
  for (const { statement, columns, rows } of list) {
    let shape = shapes.get(columns);
    if (shape === undefined) shapes.set(columns, (shape = shapes.size));
    results.push(statement, shape, rows.length);
    for (const row of rows) for (const value of row) values.push(value);
  }
  return { shapes: [...shapes.keys()], results, values: values.finish(), refused };
}

/** The rows of each of `count` statements. */
export function unpackResults({ shapes, results, values }: PackedResults, count: number): Row[][] {
  const all: Row[][] = Array.from({ length: count }, () => []);
  const reader = new ValueReader(values);
  for (let at = 0; at < results.length; at += 3) {
    const [statement = 0, shape = 0, rows = 0] = results.slice(at, at + 3);
    const columns = shapes[shape] ?? [];
    for (let left = rows; left > 0; left--) {
      const row: Row = {};
      for (const column of columns) row[column] = own(reader.next());
      all[statement]?.push(row);
    }
  }
  return all;
}

/** A small value that somebody keeps must not keep the whole message. */
function own(value: SqlValue): SqlValue {
  return value instanceof Uint8Array && value.byteLength < value.buffer.byteLength ? value.slice() : value;
}

class ValuePacker {
  readonly #scalars: (string | number | null | undefined)[] = [];
  readonly #lengths: number[] = [];
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  push(value: SqlValue | bigint): void {
    if (!(value instanceof Uint8Array)) {
      this.#scalars.push(typeof value === 'bigint' ? Number(value) : value);
      return;
    }
    this.#scalars.push(undefined);
    this.#lengths.push(value.byteLength);
    this.#chunks.push(value);
    this.#size += value.byteLength;
  }

  finish(): PackedValues {
    const bytes = new Uint8Array(this.#size);
    let offset = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return { scalars: this.#scalars, lengths: this.#lengths, bytes };
  }
}

/** Gives the values back one by one; bytes are views into the one buffer. */
export class ValueReader {
  readonly #values: PackedValues;
  #scalar = 0;
  #chunk = 0;
  #offset = 0;

  constructor(values: PackedValues) {
    this.#values = values;
  }

  next(): SqlValue {
    const value = this.#values.scalars[this.#scalar++];
    if (value !== undefined) return value;
    const start = this.#offset;
    this.#offset += this.#values.lengths[this.#chunk++] ?? 0;
    return this.#values.bytes.subarray(start, this.#offset);
  }
}
