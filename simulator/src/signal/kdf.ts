import { createHmac, hkdfSync } from 'node:crypto';

/** What the ratchet keeps per direction after a Diffie-Hellman step: the next root and a new chain, 32 bytes each. */
export interface RootAndChain {
  rootKey: Uint8Array;
  chainKey: Uint8Array;
}

/** The keys of one message: AES-256-CBC key (32), HMAC-SHA256 key (32), initialisation vector (16). */
export interface MessageKeys {
  cipherKey: Uint8Array;
  macKey: Uint8Array;
  iv: Uint8Array;
}

/** HKDF-SHA256 (RFC 5869); `info` may be text. */
export function hkdf(
  input: Uint8Array,
  salt: Uint8Array,
  info: string | Uint8Array,
  length: number,
): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', input, salt, info, length));
}

/** The first root and chain key from X3DH's concatenated secrets, with Signal's label `WhisperText`. */
export function deriveFirstKeys(secrets: Uint8Array): RootAndChain {
  return rootAndChain(hkdf(secrets, noSalt, 'WhisperText', 64));
}

/** One Diffie-Hellman ratchet step (`WhisperRatchet`). */
export function deriveNextRoot(rootKey: Uint8Array, secret: Uint8Array): RootAndChain {
  return rootAndChain(hkdf(secret, rootKey, 'WhisperRatchet', 64));
}

/** The seed of the message at a chain key's position, from which `deriveMessageKeys` makes its keys. */
export function messageSeed(chainKey: Uint8Array): Uint8Array {
  return hmac(chainKey, Uint8Array.of(1));
}

/** The chain key one position further. */
export function nextChainKey(chainKey: Uint8Array): Uint8Array {
  return hmac(chainKey, Uint8Array.of(2));
}

/** The keys of one message (`WhisperMessageKeys`). */
export function deriveMessageKeys(seed: Uint8Array): MessageKeys {
  const keys = hkdf(seed, noSalt, 'WhisperMessageKeys', 80);
  return { cipherKey: keys.slice(0, 32), macKey: keys.slice(32, 64), iv: keys.slice(64) };
}

/** The keys of one group message (`WhisperGroup`): it is signed, so there is no MAC key. */
export function deriveGroupMessageKeys(seed: Uint8Array): Omit<MessageKeys, 'macKey'> {
  const keys = hkdf(seed, noSalt, 'WhisperGroup', 48);
  return { iv: keys.slice(0, 16), cipherKey: keys.slice(16) };
}

/** HMAC-SHA256, 32 bytes. */
export function hmac(key: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return new Uint8Array(mac.digest());
}

const noSalt = new Uint8Array(32);

function rootAndChain(keys: Uint8Array): RootAndChain {
  return { rootKey: keys.slice(0, 32), chainKey: keys.slice(32) };
}
