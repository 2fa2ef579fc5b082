import type { MessageData } from '@eazewa/sdk/events';

/** The properties of a message in the order of the contract's table. */
const order: readonly (keyof MessageData)[] = [
  '_data',
  'mediaKey',
  'id',
  'ack',
  'hasMedia',
  'body',
  'type',
  'timestamp',
  'from',
  'to',
  'author',
  'deviceType',
  'isForwarded',
  'forwardingScore',
  'isStatus',
  'isStarred',
  'broadcast',
  'fromMe',
  'hasQuotedMsg',
  'hasReaction',
  'duration',
  'location',
  'vCards',
  'inviteV4',
  'mentionedIds',
  'groupMentions',
  'orderId',
  'token',
  'isGif',
  'isEphemeral',
  'title',
  'description',
  'businessOwnerJid',
  'productId',
  'latestEditSenderTimestampMs',
  'latestEditMsgKey',
  'protocolMessageKey',
  'links',
];

/** The same message with its properties in the order of the contract; what comes last there stays last. */
export function inOrder(data: MessageData): MessageData {
  const rank = new Map(order.map((name, place): [string, number] => [name, place]));
  const entries = Object.entries(data).filter(([, value]) => value !== undefined);
  const placed = entries.toSorted(
    ([one], [other]) => (rank.get(one) ?? order.length) - (rank.get(other) ?? order.length),
  );
  return Object.fromEntries(placed) as unknown as MessageData;
}
