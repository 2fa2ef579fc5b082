import { createHash } from 'node:crypto';
import type { BinaryNode } from 'baileys';

/** What a `<message>` carries. */
export interface MessageParts {
  /** What Baileys will decrypt, in the order of the stanza; none when it will not try. */
  readonly ciphertexts: readonly Uint8Array[];
  /** What channels send in the clear. */
  readonly plaintext: Uint8Array | null;
}

/**
 * Looks into a `<message>` the way Baileys' `handleMessage` and `decryptMessageNode` do: a message whose first `<enc>` is
 * an `msmsg` is refused whole, and of the others what has another type is left out.
 */
export function partsOf(stanza: BinaryNode): MessageParts {
  const children = childrenOf(stanza);
  const encs = children.filter(({ tag }) => tag === 'enc');
  const isRefused = encs[0]?.attrs['type'] === 'msmsg';
  const plaintext = children.find(({ tag }) => tag === 'plaintext')?.content;
  return {
    ciphertexts: isRefused ? [] : encs.filter(isDecryptable).map(({ content }) => content as Uint8Array),
    plaintext: plaintext instanceof Uint8Array ? plaintext : null,
  };
}

function isDecryptable({ attrs, content }: BinaryNode): boolean {
  return content instanceof Uint8Array && ['pkmsg', 'msg', 'skmsg'].includes(attrs['type'] ?? '');
}

/**
 * The same for each delivery of the same ciphertexts by the same sender. A message that is sent anew after a retry
 * receipt has new ciphertexts, so it is not the same.
 */
export function hashOf({ attrs }: BinaryNode, ciphertexts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  hash.update(`${attrs['from']}|${attrs['participant'] ?? ''}|`);
  for (const ciphertext of ciphertexts) hash.update(ciphertext);
  return hash.digest();
}

export function childrenOf(stanza: BinaryNode): readonly BinaryNode[] {
  return Array.isArray(stanza.content) ? stanza.content : [];
}
