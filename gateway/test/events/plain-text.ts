import assert from 'node:assert/strict';
import type { MessageAck, MessageData, RawMessageData } from '@eazewa/sdk/events';

/** What is particular about a plain text between two people. Ids end in `@c.us`, the LID in `@lid`. */
export interface PlainText {
  readonly id: string;
  readonly fromMe: boolean;
  /** The other side and the own number. */
  readonly chat: string;
  readonly own: string;
  readonly lid: string;
  readonly body: string;
  readonly timestamp: number;
  readonly ack?: MessageAck;
  /** Of what a program sent: random bytes by their place. */
  readonly messageSecret?: RawMessageData['messageSecret'];
  /** Of what was received. */
  readonly notifyName?: string;
  readonly deviceType?: MessageData['deviceType'];
}

/** The whole message, field by field, as the contract has it. */
export function plainText(text: PlainText): MessageData {
  const { fromMe, chat, own, body, timestamp, notifyName, ack = 1, deviceType = 'web' } = text;
  const { messageSecret } = text;
  const id = { fromMe, remote: chat, id: text.id, _serialized: `${fromMe}_${chat}_${text.id}` };
  const [from, to] = fromMe ? [own, chat] : [chat, own];
  return {
    _data: {
      id,
      viewed: false,
      body,
      type: 'chat',
      t: timestamp,
      ...(notifyName === undefined ? {} : { notifyName }),
      from,
      to,
      ack,
      isNewMsg: true,
      star: false,
      recvFresh: !fromMe,
      broadcast: false,
      mentionedJidList: [],
      isForwarded: false,
      hasReaction: false,
      isEphemeral: false,
      isStatusV3: false,
      ...(messageSecret === undefined ? {} : { messageSecret }),
      links: [],
      lid: text.lid,
    },
    id,
    ack,
    hasMedia: false,
    body,
    type: 'chat',
    timestamp,
    from,
    to,
    deviceType,
    isForwarded: false,
    forwardingScore: 0,
    isStatus: false,
    isStarred: false,
    broadcast: false,
    fromMe,
    hasQuotedMsg: false,
    hasReaction: false,
    vCards: [],
    mentionedIds: [],
    groupMentions: [],
    isGif: false,
    isEphemeral: false,
    links: [],
  };
}

/** The secret that Baileys gives a message of ours: 32 random bytes, all of them. */
export function secretOf({ data }: { readonly data: { readonly message: MessageData } }) {
  const { messageSecret } = data.message._data;
  assert.deepEqual(Object.keys(messageSecret ?? {}), [...Array(32).keys()].map(String));
  return { messageSecret };
}
