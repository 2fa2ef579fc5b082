import { bytesIn, numberIn, objectIn, textIn } from './content.ts';
import type { SecretUse } from './message-secret.ts';
import { keyIn, type MessageKey } from './target.ts';
import type { MessageContent } from './translation.ts';

/** Content that says something about another message. `atMs` are milliseconds since 1970, null when it is not said. */
export type Change =
  | { readonly is: 'reaction'; readonly key: MessageKey; readonly text: string; readonly atMs: number | null }
  | {
      readonly is: 'edit';
      readonly key: MessageKey;
      readonly content: MessageContent;
      readonly atMs: number | null;
    }
  | { readonly is: 'revoke'; readonly key: MessageKey }
  | { readonly is: 'vote'; readonly key: MessageKey; readonly sealed: Sealed; readonly atMs: number | null }
  | { readonly is: 'comment'; readonly key: MessageKey; readonly content: MessageContent }
  /** One of the others, encrypted under the secret of the message that it is about. */
  | {
      readonly is: 'sealed';
      readonly key: MessageKey;
      readonly sealed: Sealed;
      readonly use: Exclude<SecretUse, 'Poll Vote'>;
    };

export interface Sealed {
  readonly payload: Uint8Array;
  readonly iv: Uint8Array;
}

/** What unwrapped content says about another message; null for all other content, also when it is malformed. */
export function changeIn(content: MessageContent): Change | null {
  for (const read of readers) {
    const change = read(content);
    if (change !== null) return change;
  }
  return null;
}

/** An edit that comes under the id of the message itself, as those of channels do: `content` is the new one. */
export function editOfItself(id: string, content: MessageContent, atMs: number): Change {
  return { is: 'edit', key: { id, fromMe: true, chat: null, participant: null }, content, atMs };
}

/** A deletion that comes under the id of the message itself, as those of channels do. */
export function deletionOfItself(id: string): Change {
  return { is: 'revoke', key: { id, fromMe: true, chat: null, participant: null } };
}

const readers: readonly ((content: MessageContent) => Change | null)[] = [
  reactionIn,
  protocolChangeIn,
  voteIn,
  commentIn,
  sealedIn('encReactionMessage', () => 'Enc Reaction'),
  sealedIn('encCommentMessage', () => 'Enc Comment'),
  sealedIn('secretEncryptedMessage', (part) => secretTypes.get(part['secretEncType'])),
];

/** WAProto's `SecretEncryptedMessage.SecretEncType`. */
const secretTypes = new Map<unknown, 'Event Edit' | 'Message Edit'>([
  [1, 'Event Edit'],
  ['EVENT_EDIT', 'Event Edit'],
  [2, 'Message Edit'],
  ['MESSAGE_EDIT', 'Message Edit'],
]);

function reactionIn(content: MessageContent): Change | null {
  const part = objectIn(content, 'reactionMessage');
  const key = keyIn(part, 'key');
  if (key === null) return null;
  return { is: 'reaction', key, text: textIn(part, 'text') ?? '', atMs: timeIn(part, 'senderTimestampMs') };
}

function protocolChangeIn(content: MessageContent): Change | null {
  const part = objectIn(content, 'protocolMessage');
  const key = keyIn(part, 'key');
  if (part === null || key === null) return null;
  const type = part['type'] ?? 0;
  if (type === 0 || type === 'REVOKE') return { is: 'revoke', key };
  const edited = objectIn(part, 'editedMessage');
  if ((type !== 14 && type !== 'MESSAGE_EDIT') || edited === null) return null;
  return { is: 'edit', key, content: edited, atMs: timeIn(part, 'timestampMs') };
}

function voteIn(content: MessageContent): Change | null {
  const part = objectIn(content, 'pollUpdateMessage');
  const key = keyIn(part, 'pollCreationMessageKey');
  const sealed = sealedParts(objectIn(part, 'vote'));
  if (key === null || sealed === null) return null;
  return { is: 'vote', key, sealed, atMs: timeIn(part, 'senderTimestampMs') };
}

function commentIn(content: MessageContent): Change | null {
  const part = objectIn(content, 'commentMessage');
  const key = keyIn(part, 'targetMessageKey');
  const message = objectIn(part, 'message');
  return key === null || message === null ? null : { is: 'comment', key, content: message };
}

function sealedIn(
  field: string,
  useOf: (part: MessageContent) => Exclude<SecretUse, 'Poll Vote'> | undefined,
): (content: MessageContent) => Change | null {
  return (content) => {
    const part = objectIn(content, field);
    const key = keyIn(part, 'targetMessageKey');
    const sealed = sealedParts(part);
    const use = part === null ? undefined : useOf(part);
    return key === null || sealed === null || use === undefined ? null : { is: 'sealed', key, sealed, use };
  };
}

function sealedParts(part: MessageContent | null): Sealed | null {
  const payload = bytesIn(part, 'encPayload');
  const iv = bytesIn(part, 'encIv');
  return payload === undefined || iv === undefined ? null : { payload, iv };
}

function timeIn(part: MessageContent | null, name: string): number | null {
  const time = numberIn(part, name);
  return time !== undefined && Number.isSafeInteger(time) && time > 0 ? time : null;
}
