import { createSecretKey, hkdfSync } from 'node:crypto';
import { createRequire } from 'node:module';
import { calculateSignature, verifySignature } from 'whatsapp-rust-bridge';
import { mendNodeCrypto } from './mend-node-crypto.ts';

interface LibsignalCurve {
  calculateSignature(privateKey: Uint8Array, message: Uint8Array): Buffer;
  verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

interface LibsignalCrypto {
  deriveSecrets(input: Uint8Array, salt: Uint8Array, info: Uint8Array, chunks?: number): Buffer[];
}

/** One Signal session of a contact's device, as libsignal holds it in memory. */
interface SessionEntry {
  readonly indexInfo: { used: number };
  readonly constructor: { deserialize(data: object): SessionEntry };
  serialize(): object;
}

interface SessionCipher {
  doDecryptWhisperMessage(message: Buffer, session: SessionEntry): Promise<Buffer>;
  decryptWithSessions(
    message: Buffer,
    sessions: readonly SessionEntry[],
  ): Promise<{ session: SessionEntry; plaintext: Buffer }>;
}

/**
 * Mends libsignal before Baileys loads it; import this file before `baileys`.
 *
 * - Its signatures are pure JavaScript and cost 15 to 19 ms each; the WebAssembly that Baileys brings along needs 0.3.
 * - `verifySignature` answers false for a forged signature, and every caller (Baileys' certificate check, its account
 *   signature check, libsignal's signed pre-keys) only looks for an exception. So a wrong signature throws here.
 * - It tries a message on each session of a contact and steps their ratchets before it looks whether the message
 *   belongs there. The wrong ones, ruined, are stored with the right one, and what comes or goes on them later cannot be
 *   decrypted. It happens whenever both sides begin a session at once. So a failed try leaves its session as it was.
 * - It derives keys with four HMACs; Node does it in one call.
 * - It hands Node's ciphers and HMACs their keys as bytes, which is slow: see `mendNodeCrypto`.
 * - It prints whole sessions, private ratchet keys included, with `console.info`. Those calls are dropped.
 */
function mendLibsignal(): void {
  mendNodeCrypto();
  const require = createRequire(import.meta.url);
  const curve = require('libsignal/src/curve.js') as LibsignalCurve;
  curve.calculateSignature = (privateKey, message) => Buffer.from(calculateSignature(privateKey, message));
  curve.verifySignature = (publicKey, message, signature) => {
    if (!verifySignature(withType(publicKey), message, signature)) throw new Error('Invalid signature');
    return true;
  };
  const crypto = require('libsignal/src/crypto.js') as LibsignalCrypto;
  crypto.deriveSecrets = deriveSecrets;
  const { SessionCipher } = require('libsignal') as { SessionCipher: { prototype: SessionCipher } };
  SessionCipher.prototype.decryptWithSessions = decryptWithSessions;
  for (const method of ['info', 'warn', 'error', 'log'] as const) silenceLibsignal(method);
}

async function decryptWithSessions(
  this: SessionCipher,
  message: Buffer,
  sessions: readonly SessionEntry[],
): Promise<{ session: SessionEntry; plaintext: Buffer }> {
  for (const session of sessions) {
    // When the last one fails too, nothing of it is stored.
    const before = session === sessions.at(-1) ? null : session.serialize();
    try {
      const plaintext = await this.doDecryptWhisperMessage(message, session);
      session.indexInfo.used = Date.now();
      return { session, plaintext };
    } catch {
      if (before !== null) Object.assign(session, session.constructor.deserialize(before));
    }
  }
  throw new Error('No matching sessions found for message');
}

/** HKDF (RFC 5869) in one call instead of four HMACs: `chunks` keys of 32 bytes. */
function deriveSecrets(input: Uint8Array, salt: Uint8Array, info: Uint8Array, chunks = 3): Buffer[] {
  const bytes = Buffer.from(hkdfSync('sha256', createSecretKey(input), salt, info, chunks * keyBytes));
  return Array.from({ length: chunks }, (_, index) =>
    bytes.subarray(index * keyBytes, (index + 1) * keyBytes),
  );
}

const keyBytes = 32;

/** Curve keys travel with a type byte; the bridge wants it, callers leave it out at times. */
function withType(publicKey: Uint8Array): Uint8Array {
  return publicKey.length === 33 ? publicKey : Buffer.concat([Uint8Array.of(5), publicKey]);
}

/** Drops what libsignal writes to the console; everybody else's lines pass. */
function silenceLibsignal(method: 'info' | 'warn' | 'error' | 'log'): void {
  // oxlint-disable-next-line no-console -- the one place that must touch the console: the library has no other switch
  const original = console[method].bind(console);
  // oxlint-disable-next-line no-console
  console[method] = (...args: unknown[]) => {
    const caller = new Error().stack?.split('\n')[2] ?? '';
    if (!/[\\/]libsignal[\\/]/.test(caller)) original(...args);
  };
}

mendLibsignal();
