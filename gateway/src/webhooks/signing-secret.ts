import type { SigningSecret } from './webhook.ts';

/** For how long an old secret signs beside the new one, so that receivers can change over without a gap. */
export const overlapMs = 24 * 3600 * 1000;

/** Random bytes in a secret. Standard Webhooks asks for 24 to 64. */
export const secretBytes = 32;

/** A secret's text as Standard Webhooks has it: `whsec_` and base64. `random` has `secretBytes` bytes. */
export function secretText(random: Uint8Array): string {
  return `whsec_${Buffer.from(random).toString('base64')}`;
}

/** Those that sign at this time, newest first. */
export function aliveSecrets(signing: readonly SigningSecret[], nowMs: number): SigningSecret[] {
  return signing.filter(({ until }) => until === null || until > nowMs);
}

/**
 * A new secret in front; the one before signs along for `overlapMs`. There are never more than two: who rotates again
 * within that time ends the oldest.
 */
export function rotated(signing: readonly SigningSecret[], key: string, nowMs: number): SigningSecret[] {
  const [before] = aliveSecrets(signing, nowMs);
  const fresh = { key, until: null };
  return before === undefined ? [fresh] : [fresh, { ...before, until: nowMs + overlapMs }];
}
