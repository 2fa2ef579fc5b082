import type { BinaryNode } from 'baileys';
import type { Stanza } from '../events/translation.ts';

/** No stanza in WhatsApp's own binary form begins with this byte. */
const version = 1;
const headBytes = 5;

/** A tag, its attributes and its content: text, children, nothing, or how many of the bytes behind are its own. */
type Shape = [tag: string, attrs: Record<string, string>, content: string | Shape[] | number | null];

/**
 * A stanza as bytes: version (1 byte), length of the text (4, big-endian), its shape as JSON, and its binary contents
 * one after the other. Node writes and reads that several times faster than Baileys does WhatsApp's binary form.
 */
export function packStanza(stanza: BinaryNode): Uint8Array {
  const contents: Uint8Array[] = [];
  const text = JSON.stringify(shapeOf(stanza, contents));
  const textBytes = Buffer.byteLength(text);
  const packed = Buffer.allocUnsafe(
    headBytes + textBytes + contents.reduce((sum, { length }) => sum + length, 0),
  );
  packed[0] = version;
  packed.writeUInt32BE(textBytes, 1);
  let offset = headBytes + packed.write(text, headBytes);
  for (const content of contents) {
    packed.set(content, offset);
    offset += content.length;
  }
  return packed;
}

export function isPackedStanza(bytes: Uint8Array): boolean {
  return bytes[0] === version;
}

/** @throws Error when the bytes were not written by `packStanza`. */
export function unpackStanza(bytes: Uint8Array): Stanza {
  const packed = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const textEnd = headBytes + packed.readUInt32BE(1);
  const shape = JSON.parse(packed.toString('utf8', headBytes, textEnd)) as Shape;
  let offset = textEnd;
  const takeBytes = (length: number) => {
    offset += length;
    if (offset > packed.length) throw new RangeError('The stanza is cut off.');
    return packed.subarray(offset - length, offset);
  };
  return stanzaOf(shape, takeBytes);
}

function shapeOf({ tag, attrs, content }: BinaryNode, contents: Uint8Array[]): Shape {
  if (Array.isArray(content)) return [tag, attrs, content.map((child) => shapeOf(child, contents))];
  if (!(content instanceof Uint8Array)) return [tag, attrs, content ?? null];
  contents.push(content);
  return [tag, attrs, content.length];
}

function stanzaOf([tag, attrs, content]: Shape, takeBytes: (length: number) => Uint8Array): Stanza {
  if (content === null) return { tag, attrs };
  if (typeof content === 'number') return { tag, attrs, content: takeBytes(content) };
  if (typeof content === 'string') return { tag, attrs, content };
  return { tag, attrs, content: content.map((child) => stanzaOf(child, takeBytes)) };
}
