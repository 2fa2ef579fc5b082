import './mend-libsignal.ts';
import { decodeMediaRetryNode, decryptMediaRetryData, encryptMediaRetryRequest, proto } from 'baileys';
import type { BinaryNode } from 'baileys';
import type { Clock } from '../clock.ts';
import type { FileOfMessage } from '../instances/connection.ts';

/** How long the phone has for its answer. */
const answerMs = 10_000;

export interface RetryParts {
  readonly clock: Clock;
  /** The own jid. */
  readonly me: string;
  readonly sendNode: (node: BinaryNode) => Promise<void>;
  /** Calls back with each notification of type `mediaretry` until the returned function is called. */
  readonly onNotification: (listener: (node: BinaryNode) => void) => () => void;
  /** Resolves when the connection has ended. */
  readonly whenEnded: Promise<void>;
}

/**
 * Asks the own phone to upload a file again, as WhatsApp Web does: a receipt of type `server-error`, which a notification
 * of type `mediaretry` answers. Null when there is no new path within ten seconds.
 */
export async function requestUpload(file: FileOfMessage, parts: RetryParts): Promise<string | null> {
  const { id, chat, fromMe, participant, mediaKey } = file;
  const key = { id, remoteJid: chat, fromMe, ...(participant === null ? {} : { participant }) };
  const answer = Promise.withResolvers<string | null>();
  const stopListening = parts.onNotification((node) => {
    if (node.attrs['id'] === id) answer.resolve(pathIn(node, mediaKey, id));
  });
  const cancel = parts.clock.after(answerMs, () => answer.resolve(null));
  try {
    await parts.sendNode(encryptMediaRetryRequest(key, mediaKey, parts.me));
    return await Promise.race([answer.promise, parts.whenEnded.then(() => null)]);
  } finally {
    cancel();
    stopListening();
  }
}

/** The new path of a `mediaretry`; null when the phone has the file no more, or the answer is not for this key. */
function pathIn(node: BinaryNode, mediaKey: Uint8Array, id: string): string | null {
  try {
    const { media } = decodeMediaRetryNode(node);
    if (media === undefined) return null;
    const { result, directPath } = decryptMediaRetryData(media, mediaKey, id);
    return result === proto.MediaRetryNotification.ResultType.SUCCESS ? (directPath ?? null) : null;
  } catch {
    return null;
  }
}
