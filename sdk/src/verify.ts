import { InvalidSignature } from './invalid-signature.ts';
import { areEqual, fromBase64, keyOf, signatureOf } from './signature.ts';

/** Headers as `fetch` has them, or as Node and its frameworks do. */
export type RequestHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface VerifyOptions {
  /** By how much the clocks and the way may differ, in seconds; 300 when left out. */
  readonly toleranceS?: number;
  /** The time, in milliseconds since 1970; now when left out. */
  readonly nowMs?: number;
}

export interface VerifiedWebhook {
  /** The event's id, the same in every attempt: what to remember against doing it twice. */
  readonly id: string;
  /** When this attempt was made, in milliseconds since 1970. */
  readonly sentAtMs: number;
}

/**
 * Checks that a webhook request is from who has the secret, and is no old one that somebody sends again. Give the body
 * as it came, before anything parsed it. While a secret is changed, give both.
 *
 * @throws InvalidSignature (as a rejection: do not forget `await`) when it is not.
 */
export async function verifyWebhook(
  body: string | Uint8Array,
  headers: RequestHeaders,
  secrets: string | readonly string[],
  { toleranceS = 300, nowMs = Date.now() }: VerifyOptions = {},
): Promise<VerifiedWebhook> {
  const bytes = rawBytes(body);
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  const given = signaturesIn(headerOf(headers, 'webhook-signature'));
  const sentAtMs = checkTime(timestamp, nowMs, toleranceS);
  const keys = await Promise.all([secrets].flat().map(keyOf));
  if (keys.length === 0) throw new InvalidSignature('bad_secret', 'There is no secret to check with.');
  const expected = await Promise.all(keys.map((key) => signatureOf(key, id, timestamp, bytes)));
  if (expected.some((one) => given.some((other) => areEqual(one, other)))) return { id, sentAtMs };
  throw new InvalidSignature(
    'wrong_signature',
    'The signature is not by this secret over this body: the secret is another one, or the body was changed on the way.',
  );
}

/** Who does without types may hand over what a framework made of the body. */
function rawBytes(body: unknown): Uint8Array {
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body;
  throw new InvalidSignature(
    'not_raw',
    'Give the body as text or bytes, as it came: the signature is over those.',
  );
}

function headerOf(headers: RequestHeaders, name: string): string {
  const value = isFetchHeaders(headers) ? headers.get(name) : entryOf(headers, name);
  if (value === null || value === '') {
    throw new InvalidSignature('missing_header', `The header ${name} is missing: the request is not signed.`);
  }
  return value;
}

function isFetchHeaders(headers: RequestHeaders): headers is { get(name: string): string | null } {
  return typeof headers['get'] === 'function';
}

function entryOf(
  headers: Exclude<RequestHeaders, { get(name: string): string | null }>,
  name: string,
): string | null {
  const key = Object.keys(headers).find((each) => each.toLowerCase() === name);
  const value = key === undefined ? undefined : headers[key];
  if (typeof value === 'string') return value;
  return value?.length === 1 ? (value[0] ?? null) : null;
}

/** Those of the version that there is, 10 at most: nobody makes us compare for ever. */
function signaturesIn(header: string): Uint8Array[] {
  const texts = header.split(' ').filter((text) => text.startsWith('v1,'));
  const signatures = texts.slice(0, 10).map((text) => fromBase64(text.slice(3)));
  const found = signatures.filter((each) => each !== null);
  if (found.length > 0) return found;
  throw new InvalidSignature(
    'bad_header',
    'The header webhook-signature has no signature of the form "v1,<base64>".',
  );
}

function checkTime(timestamp: string, nowMs: number, toleranceS: number): number {
  if (!/^\d{1,15}$/.test(timestamp)) {
    throw new InvalidSignature(
      'bad_header',
      'The header webhook-timestamp is no number of seconds since 1970.',
    );
  }
  const ageS = Math.floor(nowMs / 1000) - Number(timestamp);
  if (ageS > toleranceS) {
    throw new InvalidSignature(
      'too_old',
      `The request was sent ${ageS} seconds ago: somebody may send it again.`,
    );
  }
  if (-ageS > toleranceS) {
    throw new InvalidSignature(
      'too_new',
      `The request was sent ${-ageS} seconds from now: look at the clocks.`,
    );
  }
  return Number(timestamp) * 1000;
}
