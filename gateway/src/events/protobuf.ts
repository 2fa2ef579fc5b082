/** One field of a protobuf, where it stands. */
export interface ProtobufField {
  readonly number: number;
  /** Of a field that is a number; exact up to 53 bits. */
  readonly value: number | null;
  /** Of a field that has a length: a view into the message. */
  readonly bytes: Uint8Array | null;
  /** All of it, with its tag: a view into the message. */
  readonly whole: Uint8Array;
}

/** All fields of a message, in their order. @throws RangeError in place of the first that is not well formed or not whole. */
export function* fieldsOf(message: Uint8Array): Generator<ProtobufField> {
  for (let at = 0; at < message.length;) {
    const field = fieldAt(message, at);
    if (field === null) throw new RangeError('A protobuf is not well formed, or cut off.');
    yield field;
    at += field.whole.length;
  }
}

/** The values of a repeated field of bytes. What is not well formed ends the list. */
export function repeatedBytes(message: Uint8Array, number: number): Uint8Array[] {
  const values: Uint8Array[] = [];
  for (let at = 0; at < message.length;) {
    const field = fieldAt(message, at);
    if (field === null) break;
    if (field.number === number && field.bytes !== null) values.push(field.bytes);
    at += field.whole.length;
  }
  return values;
}

/** Null when no field begins at `start` that is well formed and whole. */
function fieldAt(message: Uint8Array, start: number): ProtobufField | null {
  const tag = varintAt(message, start);
  const wireType = (tag?.value ?? 0) % 8;
  const fixedSize = fixedSizes.get(wireType);
  const next =
    tag && (fixedSize === undefined ? varintAt(message, tag.end) : { value: fixedSize, end: tag.end });
  if (tag === null || next === null || !wireTypes.has(wireType)) return null;
  const end = wireType === varint ? next.end : next.end + next.value;
  if (end > message.length) return null;
  return {
    number: Math.floor(tag.value / 8),
    value: wireType === varint ? next.value : null,
    bytes: wireType === lengthDelimited ? message.subarray(next.end, end) : null,
    whole: message.subarray(start, end),
  };
}

const varint = 0;
const lengthDelimited = 2;
/** In bytes, by wire type. */
const fixedSizes: ReadonlyMap<number, number> = new Map([
  [1, 8],
  [5, 4],
]);
const wireTypes: ReadonlySet<number> = new Set([varint, lengthDelimited, ...fixedSizes.keys()]);

/** The protobuf around another one: as the one field of that number. */
export function inField(field: number, message: Uint8Array): Uint8Array {
  return Buffer.concat([toVarint(field * 8 + lengthDelimited), toVarint(message.length), message]);
}

const varintBytesMax = 10;

function varintAt(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } | null {
  let value = 0;
  let weight = 1;
  for (let at = start; at < bytes.length && at < start + varintBytesMax; at++, weight *= 128) {
    const byte = bytes[at] ?? 0;
    value += (byte % 128) * weight;
    if (byte < 128) return { value, end: at + 1 };
  }
  return null;
}

function toVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.from([...bytes, rest]);
}
