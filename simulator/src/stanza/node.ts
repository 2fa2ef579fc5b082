import type { Stanza } from './codec.ts';

/** Builds a stanza; attributes that are undefined are left out. */
export function node(
  tag: string,
  attributes: Record<string, string | undefined> = {},
  content?: Stanza['content'],
): Stanza {
  const attrs: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) attrs[name] = value;
  return content === undefined ? { tag, attrs } : { tag, attrs, content };
}

/** All element children. */
export function elements(stanza: Stanza | undefined): Stanza[] {
  return Array.isArray(stanza?.content) ? stanza.content : [];
}

/** The first child with that tag. */
export function child(stanza: Stanza | undefined, tag: string): Stanza | undefined {
  return elements(stanza).find((element) => element.tag === tag);
}

/** Every child with that tag. */
export function children(stanza: Stanza | undefined, tag: string): Stanza[] {
  return elements(stanza).filter((element) => element.tag === tag);
}

/** Content as bytes, whatever form the codec chose for it (short digit strings arrive as text); undefined without any. */
export function bytesOf(stanza: Stanza | undefined): Uint8Array | undefined {
  const content = stanza?.content;
  if (content instanceof Uint8Array) return content;
  return typeof content === 'string' ? Buffer.from(content) : undefined;
}

/** Content as text. */
export function textOf(stanza: Stanza | undefined): string | undefined {
  const bytes = bytesOf(stanza);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}

/** Big-endian number, as ids in key bundles are written. */
export function numberOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** Big-endian bytes of a number. */
export function bigEndian(value: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = length - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest & 0xff;
  return bytes;
}
