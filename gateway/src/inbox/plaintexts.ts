/**
 * The decrypted contents of one stanza in the order of its `<enc>` children, as one run of bytes: for each a 32-bit
 * big-endian length and the bytes.
 */
export function packPlaintexts(plaintexts: readonly Uint8Array[]): Uint8Array {
  const packed = Buffer.alloc(plaintexts.reduce((total, { length }) => total + 4 + length, 0));
  let offset = 0;
  for (const plaintext of plaintexts) {
    offset = packed.writeUInt32BE(plaintext.length, offset);
    packed.set(plaintext, offset);
    offset += plaintext.length;
  }
  return packed;
}

/** @throws RangeError when the bytes were not written by `packPlaintexts`. */
export function unpackPlaintexts(packed: Uint8Array): Uint8Array[] {
  const buffer = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const plaintexts: Uint8Array[] = [];
  for (let offset = 0; offset < buffer.length;) {
    const start = offset + 4;
    const end = start + buffer.readUInt32BE(offset);
    if (end > buffer.length) throw new RangeError('The plaintexts are cut off.');
    plaintexts.push(buffer.subarray(start, end));
    offset = end;
  }
  return plaintexts;
}
