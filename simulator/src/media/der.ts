/** As much of DER (ITU-T X.690) as a certificate needs: each function gives the bytes of one whole element. */

export function sequence(...elements: Uint8Array[]): Buffer {
  return element(0x30, ...elements);
}

export function set(...elements: Uint8Array[]): Buffer {
  return element(0x31, ...elements);
}

/** A positive number, as big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  const isNegative = (bytes[0] ?? 0) >= 0x80;
  return element(0x02, isNegative ? Uint8Array.of(0) : new Uint8Array(), bytes);
}

export function trueValue(): Buffer {
  return element(0x01, Uint8Array.of(0xff));
}

/** Whole bytes, or with so many bits at the end that do not count. */
export function bitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return element(0x03, Uint8Array.of(unusedBits), bytes);
}

export function octetString(bytes: Uint8Array): Buffer {
  return element(0x04, bytes);
}

export function utf8String(text: string): Buffer {
  return element(0x0c, Buffer.from(text));
}

/** To the second; years until 2049. */
export function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/[^\d]/g, '').slice(2, 14);
  return element(0x17, Buffer.from(`${digits}Z`));
}

/** From its usual form, such as `2.5.29.17`. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap((part) => base128(part))));
}

/** `[n]`: around other elements, or with plain bytes in place of an element's own tag. */
export function tagged(n: number, content: Uint8Array, isConstructed = true): Buffer {
  return element((isConstructed ? 0xa0 : 0x80) + n, content);
}

function element(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Uint8Array.from([tag, ...lengthOf(content)]), content]);
}

function lengthOf({ length }: Uint8Array): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}
