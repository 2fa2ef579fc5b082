import assert from 'node:assert/strict';
import type { MessageData, MessageId, RawMessageData } from '@eazewa/sdk/events';

/** A message as the contract has it, but its raw model. */
export type Told = Omit<MessageData, '_data'>;

/** Where a message belongs, as contact ids. */
export interface Parties {
  readonly id: string;
  /** The id of the number that the gateway serves. */
  readonly own: string;
  /** The chat: a person, a group, a status, ... */
  readonly chat: string;
  readonly fromMe: boolean;
  /** Who wrote it, where chats have several writers. */
  readonly author?: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** The name of the writer; its own handset's messages have it too. */
  readonly notifyName?: string;
}

/** What a plain Android text of these parties is told as (contract 2.1), with what a kind changes of it. */
export function told(parties: Parties, kind: Partial<Told> & Pick<Told, 'type' | 'body'>): Told {
  const { own, chat, fromMe, author } = parties;
  return {
    id: messageId(parties),
    ack: 1,
    hasMedia: false,
    timestamp: parties.timestamp,
    from: fromMe ? own : chat,
    to: fromMe ? chat : own,
    ...(author !== undefined && { author }),
    deviceType: 'android',
    isForwarded: false,
    forwardingScore: 0,
    isStatus: chat === 'status@broadcast',
    isStarred: false,
    broadcast: chat.endsWith('@broadcast'),
    fromMe,
    hasQuotedMsg: false,
    hasReaction: false,
    vCards: [],
    mentionedIds: [],
    groupMentions: [],
    isGif: false,
    isEphemeral: false,
    links: [],
    ...kind,
  };
}

/** `<fromMe>_<chat>_<id>`, with several writers also `_<author>`. */
export function messageId({ fromMe, chat, id, author }: Parties): MessageId {
  const end = author === undefined ? '' : `_${author}`;
  return {
    fromMe,
    remote: chat,
    id,
    ...(author !== undefined && { participant: author }),
    _serialized: `${fromMe}_${chat}_${id}${end}`,
  };
}

/** What the raw model (contract 2.2) must say of it at least: the same facts under other names. */
export function raw(message: Told, { notifyName }: Pick<Parties, 'notifyName'>): RawMessageData {
  const { id, body, type, timestamp, from, to, author, ack, broadcast, mentionedIds } = message;
  const { isForwarded, hasReaction, isEphemeral, isStatus, links, fromMe } = message;
  return {
    id,
    viewed: false,
    body,
    type,
    t: timestamp,
    ...(notifyName !== undefined && { notifyName }),
    from,
    to,
    ...(author !== undefined && { author }),
    ack,
    isNewMsg: true,
    star: false,
    recvFresh: !fromMe,
    broadcast,
    mentionedJidList: mentionedIds,
    isForwarded,
    hasReaction,
    isEphemeral,
    isStatusV3: isStatus,
    links,
  };
}

/** Fails unless the message is told as expected, field by field; of the raw model the contract names the least. */
export function assertTold(
  actual: MessageData,
  parties: Parties,
  kind: Partial<Told> & Pick<Told, 'type' | 'body'>,
  rawKind: Partial<RawMessageData> = {},
): void {
  const { _data, ...message } = actual;
  const expected = told(parties, kind);
  assert.deepEqual(message, expected);
  assert.partialDeepStrictEqual(_data, { ...raw(expected, parties), ...rawKind });
}
