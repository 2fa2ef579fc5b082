import { keyOf, signatureOf, toBase64 } from './signature.ts';

/** The headers of a signed request, as the gateway would make it: for tests of a receiver. */
export async function signWebhook(
  body: string | Uint8Array,
  secret: string,
  { id, nowMs = Date.now() }: { readonly id: string; readonly nowMs?: number },
): Promise<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const timestamp = String(Math.floor(nowMs / 1000));
  const signed = await signatureOf(await keyOf(secret), id, timestamp, bytes);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${toBase64(signed)}`,
  };
}
