import { InvalidSignature } from './invalid-signature.ts';

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/**
 * Standard Webhooks: HMAC-SHA256 over `<id>.<seconds>.<body>`, in base64 behind `v1,`. By WebCrypto, which every
 * runtime of today has.
 */
export async function signatureOf(
  key: Key,
  id: string,
  timestamp: string,
  body: Uint8Array,
): Promise<Uint8Array> {
  const start = new TextEncoder().encode(`${id}.${timestamp}.`);
  const content = new Uint8Array(start.length + body.length);
  content.set(start);
  content.set(body, start.length);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, content));
}

/**
 * The key of a secret's text: `whsec_` and base64, or base64 alone. Who does without types may have none at all.
 *
 * @throws InvalidSignature `bad_secret`
 */
export async function keyOf(secret: unknown): Promise<Key> {
  const bytes = typeof secret === 'string' ? fromBase64(secret.replace(/^whsec_/, '')) : null;
  if (bytes === null || bytes.length === 0) {
    throw new InvalidSignature(
      'bad_secret',
      'The secret is none: it must be "whsec_" and base64, as the gateway gave it.',
    );
  }
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

/** Null for what is no base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

export function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** Compares in a time that does not tell where they differ. */
export function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (const [place, byte] of one.entries()) difference |= byte ^ (other[place] ?? 0);
  return difference === 0;
}
