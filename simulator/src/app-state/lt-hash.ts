import { hkdf } from '../signal/index.ts';

/** A sum over a set of MACs that does not depend on their order: 64 little-endian 16-bit numbers, all modulo 2^16. */
export type LtHash = Uint8Array;

export const emptyLtHash: LtHash = new Uint8Array(128);

/** The hash after some MACs went out of the set and some came in. */
export function changeLtHash(hash: LtHash, { out, into }: { out: Uint8Array[]; into: Uint8Array[] }): LtHash {
  const sum = new DataView(Uint8Array.from(hash).buffer);
  for (const mac of out) addTo(sum, mac, -1);
  for (const mac of into) addTo(sum, mac, 1);
  return new Uint8Array(sum.buffer);
}

function addTo(sum: DataView, mac: Uint8Array, sign: 1 | -1): void {
  const expanded = new DataView(hkdf(mac, new Uint8Array(), 'WhatsApp Patch Integrity', 128).buffer);
  for (let at = 0; at < 128; at += 2)
    sum.setUint16(at, sum.getUint16(at, true) + sign * expanded.getUint16(at, true), true);
}
