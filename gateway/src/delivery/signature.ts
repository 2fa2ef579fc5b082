import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { SigningSecret } from '../webhooks/webhook.ts';

export interface Signed {
  /** The event's id. */
  readonly id: string;
  /** Seconds since 1970, when the attempt is made. */
  readonly timestampS: number;
  readonly body: Uint8Array;
}

/**
 * The value of `webhook-signature` (Standard Webhooks): one `v1` for each key, newest first.
 *
 * @throws Error for a secret that `isSigningSecret` refuses.
 */
export function signatureOf({ id, timestampS, body }: Signed, secrets: readonly SigningSecret[]): string {
  const start = `${id}.${timestampS}.`;
  let value = '';
  for (const secret of secrets) {
    const key = keyOf(secret);
    if (key === null) throw new Error('not a signing secret');
    const signature = createHmac('sha256', key).update(start).update(body).digest('base64');
    value += value === '' ? `v1,${signature}` : ` v1,${signature}`;
  }
  return value;
}

/** Whether something can be signed with a secret. */
export function isSigningSecret(secret: SigningSecret): boolean {
  return keyOf(secret) !== null;
}

const keys = new WeakMap<SigningSecret, KeyObject | null>();

function keyOf(secret: SigningSecret): KeyObject | null {
  let key = keys.get(secret);
  if (key === undefined) keys.set(secret, (key = parseKey(secret.key)));
  return key;
}

function parseKey(text: string): KeyObject | null {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text)) return null;
  return createSecretKey(Buffer.from(text.slice('whsec_'.length), 'base64'));
}
