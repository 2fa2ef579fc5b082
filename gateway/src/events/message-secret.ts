import { createDecipheriv, hkdfSync } from 'node:crypto';
import type { MessageData } from '@eazewa/sdk/events';
import { bytesIn } from './content.ts';
import type { MessageContent } from './translation.ts';

/** What is said about a message under its secret: WhatsApp's own names for it, which are part of the key. */
export type SecretUse =
  | 'Poll Vote'
  | 'Enc Reaction'
  | 'Enc Comment'
  | 'Event Response'
  | 'Event Edit'
  | 'Message Edit';

/** Something that was encrypted under a message's secret, with all that its key is made of. */
export interface SealedContent {
  readonly secret: Uint8Array;
  readonly use: SecretUse;
  /** The bare id of the message that has the secret. */
  readonly messageId: string;
  /** Wire jids without device by which its writer may have been named. */
  readonly writers: readonly string[];
  /** The same for who says something about it. */
  readonly senders: readonly string[];
  readonly payload: Uint8Array;
  readonly iv: Uint8Array;
}

/**
 * Decrypts what was encrypted under a message's secret; null when no combination of the names fits. A person may be
 * named by phone number or LID: the key is made of whichever the sender used. As Baileys' `decryptPollVote` and
 * whatsmeow's `generateMsgSecretKey` do: HKDF-SHA256 without salt, AES-256-GCM with the tag at the end.
 */
export function openSealed(sealed: SealedContent): Uint8Array | null {
  for (const writer of sealed.writers) {
    for (const sender of sealed.senders) {
      const opened = openAs(sealed, writer, sender);
      if (opened !== null) return opened;
    }
  }
  return null;
}

function openAs(
  { secret, use, messageId, payload, iv }: SealedContent,
  writer: string,
  sender: string,
): Uint8Array | null {
  if (payload.length < tagBytes || iv.length === 0) return null;
  const key = hkdfSync('sha256', secret, new Uint8Array(), `${messageId}${writer}${sender}${use}`, 32);
  const end = payload.length - tagBytes;
  try {
    const decipher = createDecipheriv('aes-256-gcm', new Uint8Array(key), iv);
    if (namesSender.has(use)) decipher.setAAD(Buffer.from(`${messageId}\0${sender}`));
    decipher.setAuthTag(payload.subarray(end));
    return Buffer.concat([decipher.update(payload.subarray(0, end)), decipher.final()]);
  } catch {
    // Another key, or somebody's nonsense: both end here.
    return null;
  }
}

const tagBytes = 16;

/** Uses whose authenticated data name the message and the sender; the others have none. */
const namesSender = new Set<SecretUse>(['Poll Vote', 'Event Response']);

/** The secret that a message's content brings; undefined when it brings none. */
export function secretIn(content: MessageContent): Uint8Array | undefined {
  const info = content['messageContextInfo'];
  return typeof info === 'object' && info !== null
    ? bytesIn(info as MessageContent, 'messageSecret')
    : undefined;
}

/** The form in which a message's raw model has its secret: each byte by its place. */
export function secretAsObject(secret: Uint8Array): Readonly<Record<string, number>> {
  return Object.fromEntries(secret.entries());
}

/** The secret that the data of a message has; null when it has none. */
export function secretOf({ _data }: MessageData): Uint8Array | null {
  const { messageSecret } = _data;
  return messageSecret === undefined ? null : Uint8Array.from(Object.values(messageSecret));
}
