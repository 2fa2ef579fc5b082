/**
 * The values of a repeated field of bytes in a protobuf, for the one message that is no part of a `Message` and so has no
 * decoder here. What is not well formed ends the list.
 */
export function repeatedBytes(message: Uint8Array, field: number): Uint8Array[] {
  const values: Uint8Array[] = [];
  let at = 0;
  while (at < message.length) {
    const tag = varintAt(message, at);
    if (tag === null) break;
    const next = varintAt(message, tag.end);
    const wireType = tag.value % 8;
    if (next === null || (wireType !== lengthDelimited && wireType !== varint)) break;
    at = wireType === varint ? next.end : next.end + next.value;
    if (at > message.length) break;
    if (wireType === lengthDelimited && Math.floor(tag.value / 8) === field) {
      values.push(message.subarray(next.end, at));
    }
  }
  return values;
}

const varint = 0;
const lengthDelimited = 2;

/** The protobuf around another one: as the one field of that number. */
export function inField(field: number, message: Uint8Array): Uint8Array {
  return Buffer.concat([toVarint(field * 8 + lengthDelimited), toVarint(message.length), message]);
}

function varintAt(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } | null {
  let value = 0;
  for (let at = start; at < bytes.length && at < start + 5; at++) {
    const byte = bytes[at] ?? 0;
    value += (byte % 128) * 2 ** (7 * (at - start));
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
