import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** What is said about a message under its secret; each use has a key of its own. */
export type SecretUse = 'Poll Vote' | 'Enc Reaction' | 'Enc Comment' | 'Event Edit' | 'Message Edit';

/** All that the key is made of. Jids without device, both of the kind that the chat uses. */
export interface SecretFacts {
  /** The secret of the message that something is said about: `messageContextInfo.messageSecret`. */
  readonly secret: Uint8Array;
  readonly use: SecretUse;
  readonly messageId: string;
  /** Who wrote the message, and who says something about it. */
  readonly writerJid: string;
  readonly senderJid: string;
}

/** Encrypts as WhatsApp's clients do (Baileys 7, `decryptPollVote`): HKDF-SHA256, AES-256-GCM, the tag at the end. */
export function sealUnderSecret(
  facts: SecretFacts,
  plaintext: Uint8Array,
): { encPayload: Uint8Array; encIv: Uint8Array } {
  const encIv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(facts), encIv).setAAD(authenticated(facts));
  const encPayload = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return { encPayload, encIv };
}

/** Undefined when the key does not fit. */
export function openUnderSecret(
  facts: SecretFacts,
  payload: Uint8Array,
  iv: Uint8Array,
): Uint8Array | undefined {
  const end = payload.length - 16;
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(facts), iv).setAAD(authenticated(facts));
    decipher.setAuthTag(payload.subarray(end));
    return Buffer.concat([decipher.update(payload.subarray(0, end)), decipher.final()]);
  } catch {
    return undefined;
  }
}

function keyOf({ secret, use, messageId, writerJid, senderJid }: SecretFacts): Uint8Array {
  const info = `${messageId}${writerJid}${senderJid}${use}`;
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), info, 32));
}

function authenticated({ use, messageId, senderJid }: SecretFacts): Uint8Array {
  return use === 'Poll Vote' ? Buffer.from(`${messageId}\0${senderJid}`) : new Uint8Array();
}
