import type { MessageAck, MessageData } from '@eazewa/sdk/events';

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
  /** Of what was received. */
  readonly notifyName?: string;
  readonly deviceType?: MessageData['deviceType'];
}

/** The whole message, field by field, as the contract has it. */
export function plainText(text: PlainText): MessageData {
  const { fromMe, chat, own, body, timestamp, notifyName, ack = 1, deviceType = 'web' } = text;
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
