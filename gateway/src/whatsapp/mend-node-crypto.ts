import { createRequire, syncBuiltinESMExports } from 'node:module';
import { createSecretKey, type BinaryLike, type KeyObject } from 'node:crypto';

type Key = BinaryLike | KeyObject | null;

type MakeWithKey = (algorithm: string, key: Key, ...rest: unknown[]) => unknown;

/**
 * Gives Node's ciphers and HMACs key objects where libsignal and Baileys hand them bytes.
 *
 * Node 24 finds out that bytes are no key object by an exception that it catches, twice per call: 11 to 14 microseconds,
 * against 1.3 to make the key object first. A message needs 8 HMACs, and 3 ciphers in which the keys are bytes. Nothing
 * else changes. See docs/decisions/mend-libsignal.md.
 */
export function mendNodeCrypto(): void {
  const crypto = createRequire(import.meta.url)('node:crypto') as Record<string, MakeWithKey>;
  for (const name of ['createHmac', 'createCipheriv', 'createDecipheriv']) {
    const make = crypto[name];
    if (make === undefined) continue;
    crypto[name] = (algorithm, key, ...rest) => make(algorithm, asKeyObject(key), ...rest);
  }
  // For those who import by name, Baileys among them.
  syncBuiltinESMExports();
}

function asKeyObject(key: Key): Key {
  return key instanceof Uint8Array ? createSecretKey(key) : key;
}
