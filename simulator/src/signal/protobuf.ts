/** A protobuf field to write: bytes (wire type 2) or an unsigned integer below 2^53 (wire type 0). */
export type FieldValue = Uint8Array | number;

/** The fields of one protobuf message as read from the wire; the last value of a repeated number wins. */
export interface Fields {
  bytes(number: number): Uint8Array | undefined;
  integer(number: number): number | undefined;
}

/** Encodes fields in the given order; undefined ones are left out. Enough protobuf for flat proto2 messages. */
export function encodeFields(fields: Iterable<[number, FieldValue | undefined]>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [number, value] of fields) {
    if (value === undefined) continue;
    if (typeof value === 'number') parts.push(varint(number * 8 + wireVarint), varint(value));
    else parts.push(varint(number * 8 + wireBytes), varint(value.length), value);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/**
 * Reads every field; unknown numbers are kept and harmless. Throws `RangeError` for input that is cut off or uses
 * an unknown wire type. Integers are meant for values below 2^53.
 */
export function decodeFields(encoded: Uint8Array): Fields {
  const values = new Map<number, FieldValue>();
  const reader = new Reader(encoded);
  while (!reader.atEnd) {
    const tag = reader.varint();
    values.set(Math.floor(tag / 8), reader.value(tag % 8));
  }
  return {
    bytes: (number) => ofType(values.get(number), (value) => value instanceof Uint8Array),
    integer: (number) => ofType(values.get(number), (value) => typeof value === 'number'),
  };
}

const wireVarint = 0;
const wireFixed64 = 1;
const wireBytes = 2;
const wireFixed32 = 5;

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.of(...bytes, rest);
}

class Reader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#position >= this.#bytes.length;
  }

  value(wireType: number): FieldValue {
    if (wireType === wireVarint) return this.varint();
    if (wireType === wireBytes) return this.#take(this.varint());
    if (wireType === wireFixed64) return this.#take(8);
    if (wireType === wireFixed32) return this.#take(4);
    throw new RangeError(`unknown protobuf wire type ${wireType}`);
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#take(1)[0] ?? 0;
      value += (byte % 128) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new RangeError('a protobuf integer is longer than 10 bytes');
  }

  #take(length: number): Uint8Array {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw new RangeError('the protobuf message is cut off');
    const taken = this.#bytes.slice(this.#position, end);
    this.#position = end;
    return taken;
  }
}

function ofType<T extends FieldValue>(
  value: FieldValue | undefined,
  is: (value: FieldValue) => value is T,
): T | undefined {
  return value !== undefined && is(value) ? value : undefined;
}
