import type { JsonObject, MessageAck, MessageData, RawKindData, RawMessageData } from '@eazewa/sdk/events';
import { formatMessageId, kindOf } from '../jid.ts';
import { hasAuthors, type MessageAddress } from './address.ts';
import { associationOf } from './association.ts';
import { ownId, type Contacts } from './contacts.ts';
import { objectIn, type Unwrapped } from './content.ts';
import { contextInfoOf, type ContextInfo } from './context-info.ts';
import { defined } from './defined.ts';
import { toJson } from './json.ts';
import { kindFields } from './kind-fields.ts';
import { findLinks } from './links.ts';
import { secretAsObject, secretIn } from './message-secret.ts';
import type { ContentKind } from './message-type.ts';
import { rawMedia } from './raw-media.ts';
import type { Own } from './translation.ts';

/** Everything that the data of a message is made of. */
export interface MessageFacts {
  readonly own: Own;
  readonly contacts: Contacts;
  readonly address: MessageAddress;
  readonly id: string;
  readonly ack: MessageAck;
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** The name that the sender gave himself. */
  readonly notifyName?: string | undefined;
  readonly unwrapped: Unwrapped;
  readonly kind: Extract<ContentKind, { is: 'message' }>;
  /** It should have come earlier, and was told afterwards. */
  readonly isLate?: boolean;
  /** It is from before the number was linked, out of the phone's history. */
  readonly isPast?: boolean;
  /** Somebody has reacted to it already. */
  readonly hasReaction?: boolean;
  readonly isStarred?: boolean;
}

/** The contract's message object. Its properties are in the order of the contract's table. */
export function messageData(facts: MessageFacts): MessageData {
  const { content } = facts.unwrapped;
  const { type, field } = facts.kind;
  const head = headOf(facts);
  const kind = kindFields(type, content, field, facts.contacts);
  const context = contextInfoOf(facts.unwrapped, field, facts.contacts);
  const links = findLinks(kind.body);
  const raw = rawData(facts, head, context, { body: kind.body, links, kind: kind.raw });
  return {
    _data: raw,
    ...defined({ mediaKey: raw.mediaKey }),
    id: head.id,
    ack: facts.ack,
    hasMedia: raw.directPath !== undefined,
    body: kind.body,
    type,
    timestamp: facts.timestamp,
    from: head.from,
    to: head.to,
    ...defined({ author: head.author }),
    deviceType: deviceTypeOf(facts.id),
    isForwarded: context.isForwarded,
    forwardingScore: context.forwardingScore,
    isStatus: raw.isStatusV3,
    isStarred: facts.isStarred === true,
    broadcast: raw.broadcast,
    fromMe: facts.address.fromMe,
    hasQuotedMsg: raw.quotedMsg !== undefined,
    hasReaction: facts.hasReaction === true,
    ...defined({ duration: raw.duration }),
    ...kind.place,
    vCards: kind.vCards,
    ...(kind.invite === null ? {} : { inviteV4: { ...kind.invite, fromId: head.from, toId: head.to } }),
    mentionedIds: context.mentionedIds,
    groupMentions: context.groupMentions,
    ...kind.order,
    isGif: raw.isGif === true,
    isEphemeral: context.isEphemeral,
    ...kind.shop,
    links,
    ...kind.buttons,
    ...kind.poll,
  };
}

/** The raw model, in the order of WhatsApp Web's; our own additions come last. */
function rawData(
  { address, contacts, unwrapped, kind, ...facts }: MessageFacts,
  head: ReturnType<typeof headOf>,
  context: ContextInfo,
  { body, links, ...made }: Pick<RawMessageData, 'body' | 'links'> & { readonly kind: RawKindData },
): RawMessageData {
  const secret = secretIn(unwrapped.content);
  return {
    id: head.id,
    viewed: false,
    body,
    type: kind.type,
    t: facts.timestamp,
    ...defined({ notifyName: facts.notifyName }),
    from: head.from,
    to: head.to,
    ...defined({ author: head.author }),
    ack: facts.ack,
    isNewMsg: facts.isPast !== true,
    star: facts.isStarred === true,
    recvFresh: !address.fromMe && facts.isPast !== true,
    broadcast: address.list !== undefined || ['broadcast', 'status'].includes(kindOf(address.chat)),
    mentionedJidList: context.mentionedIds,
    ...(context.groupMentions.length === 0 ? {} : { groupMentions: context.groupMentions }),
    ...defined({ nonJidMentions: context.nonJidMentions }),
    isForwarded: context.isForwarded,
    ...(context.forwardingScore === 0 ? {} : { forwardingScore: context.forwardingScore }),
    hasReaction: facts.hasReaction === true,
    isEphemeral: context.isEphemeral,
    ...defined({ ephemeralDuration: context.ephemeralDuration }),
    isStatusV3: kindOf(address.chat) === 'status',
    ...(unwrapped.isGroupStatus ? { isGroupStatus: true } : {}),
    ...(isViewOnce(unwrapped, kind.field) ? { isViewOnce: true } : {}),
    ...defined({ messageSecret: secret && secretAsObject(secret) }),
    links,
    ...rawMedia(unwrapped.content, kind, body),
    ...made.kind,
    ...associationOf(unwrapped.content, head.id),
    ...context.quote,
    ...defined({ ctwaContext: context.ctwaContext }),
    ...defined({ broadcastId: address.list }),
    ...defined({ mentionedAs: context.mentionedAs }),
    ...defined({ lid: contacts.lid(hasAuthors(address.chat) ? address.sender : address.chat) }),
    ...defined({ content: plainText.has(kind.field) ? undefined : contentOf(unwrapped) }),
    ...(facts.isLate === true ? { late: true } : {}),
    ...(facts.isPast === true ? { isMdHistoryMsg: true } : {}),
  };
}

/** The body says all of it. */
const plainText = new Set(['conversation', 'extendedTextMessage']);

/** Some apps wrap what may be seen once, others say it inside. */
function isViewOnce({ content, isViewOnce }: Unwrapped, field: string): boolean {
  return isViewOnce || objectIn(content, field)?.['viewOnce'] === true;
}

/** Without what other messages are decrypted with. */
function contentOf({ content }: Unwrapped): JsonObject | undefined {
  const told = Object.entries(content).filter(([name]) => !/senderKeyDistributionMessage$/i.test(name));
  return told.length === 0 ? undefined : toJson(Object.fromEntries(told));
}

/** Ids and parties: own messages go from the own number to the chat, all others from the chat to the own number. */
function headOf({ address, contacts, id, own }: MessageFacts) {
  const { fromMe } = address;
  const remote = contacts.id(address.chat);
  const author = hasAuthors(address.chat) ? (fromMe ? ownId(own) : contacts.id(address.sender)) : undefined;
  return {
    id: formatMessageId({ fromMe, remote, id, participant: author }),
    from: fromMe ? ownId(own) : remote,
    to: fromMe ? remote : ownId(own),
    author,
  };
}

/** WhatsApp's own rule: Android makes 32 characters, iOS 20 that start with 3A, browsers and libraries 22 or fewer. */
function deviceTypeOf(id: string): MessageData['deviceType'] {
  if (id.length > 25) return 'android';
  return id.startsWith('3A') ? 'ios' : 'web';
}
