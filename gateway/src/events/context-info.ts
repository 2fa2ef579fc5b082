import type {
  CtwaContextData,
  GroupMentionData,
  QuotedMessageData,
  RawMessageData,
} from '@eazewa/sdk/events';
import { contactId } from '../jid.ts';
import type { Contacts } from './contacts.ts';
import {
  base64In,
  numberIn,
  objectIn,
  objectsIn,
  textIn,
  textsIn,
  unwrap,
  type Unwrapped,
} from './content.ts';
import { defined } from './defined.ts';
import { kindFields } from './kind-fields.ts';
import { kindOfContent } from './message-type.ts';
import { rawMedia } from './raw-media.ts';
import type { MessageContent } from './translation.ts';

/** What stands around a content (WAProto's `ContextInfo`), in the words of WhatsApp Web's `WAWebE2EProtoParser`. */
export interface ContextInfo {
  readonly isForwarded: boolean;
  readonly forwardingScore: number;
  readonly mentionedIds: readonly string[];
  /** The same people as the text names them; undefined when that is no different. */
  readonly mentionedAs: readonly string[] | undefined;
  readonly groupMentions: readonly GroupMentionData[];
  /** 1 when everybody is mentioned. */
  readonly nonJidMentions: number | undefined;
  readonly isEphemeral: boolean;
  /** Seconds. */
  readonly ephemeralDuration: number | undefined;
  readonly quote: Quote;
  readonly ctwaContext: CtwaContextData | undefined;
}

type Quote = Pick<RawMessageData, 'quotedMsg' | 'quotedStanzaID' | 'quotedParticipant' | 'quotedRemoteJid'>;

/** Reads forwards, mentions, the quoted message, the disappearing-messages timer and the advertisement it came from. */
export function contextInfoOf(
  { content, isEphemeral }: Unwrapped,
  field: string,
  contacts: Contacts,
): ContextInfo {
  const info = objectIn(objectIn(content, field), 'contextInfo');
  const forwardingScore = Math.min(127, Math.max(0, numberIn(info, 'forwardingScore') ?? 0));
  const expiration = numberIn(info, 'expiration') ?? 0;
  const nonJidMentions = numberIn(info, 'nonJidMentions') ?? 0;
  return {
    isForwarded: info?.['isForwarded'] === true || forwardingScore > 0,
    forwardingScore,
    ...mentionsIn(info, contacts),
    groupMentions: objectsIn(info, 'groupMentions').map((mention) => ({
      groupSubject: textIn(mention, 'groupSubject') ?? '',
      groupJid: contactId(textIn(mention, 'groupJid') ?? ''),
    })),
    nonJidMentions: nonJidMentions > 0 ? nonJidMentions : undefined,
    isEphemeral: isEphemeral || expiration > 0,
    ephemeralDuration: expiration > 0 ? expiration : undefined,
    quote: quoteOf(info, contacts),
    ctwaContext: advertisementOf(info),
  };
}

/** Texts have `@` and the digits of the jid by which somebody is mentioned. */
function mentionsIn(
  info: MessageContent | null,
  contacts: Contacts,
): Pick<ContextInfo, 'mentionedIds' | 'mentionedAs'> {
  const jids = textsIn(info, 'mentionedJid');
  const [mentionedIds, asNamed] = [jids.map((jid) => contacts.id(jid)), jids.map(contactId)];
  const isSame = asNamed.every((id, index) => id === mentionedIds[index]);
  return { mentionedIds, mentionedAs: isSame ? undefined : asNamed };
}

function quoteOf(info: MessageContent | null, contacts: Contacts): Quote {
  const quoted = objectIn(info, 'quotedMessage');
  const [participant, chat] = [textIn(info, 'participant'), textIn(info, 'remoteJid')];
  return defined({
    quotedMsg: quoted === null ? undefined : quotedMessage(quoted, contacts),
    quotedStanzaID: textIn(info, 'stanzaId'),
    quotedParticipant: participant === undefined ? undefined : contacts.id(participant),
    quotedRemoteJid: chat === undefined ? undefined : contacts.id(chat),
  });
}

/** What is quoted may be a product or a place that was never sent: all that is known of it is here. */
function quotedMessage(quoted: MessageContent, contacts: Contacts): QuotedMessageData {
  const { content } = unwrap(quoted);
  const kind = kindOfContent(content);
  if (kind.is === 'silent') return { type: 'unknown', body: '' };
  const { body, raw } = kindFields(kind.type, content, kind.field, contacts);
  return { type: kind.type, body, ...rawMedia(content, kind, body), ...raw };
}

/** Who writes after a click on an advertisement brings what it was; WhatsApp Web's `WAWebE2EProtoParserForCtwaContext`. */
function advertisementOf(info: MessageContent | null): CtwaContextData | undefined {
  const ad = objectIn(info, 'externalAdReply');
  const context = defined({
    conversionSource: textIn(info, 'conversionSource'),
    conversionData: base64In(info, 'conversionData'),
    sourceUrl: textIn(ad, 'sourceUrl'),
    description: textIn(ad, 'body'),
    title: textIn(ad, 'title'),
    thumbnail: base64In(ad, 'thumbnail'),
    thumbnailUrl: textIn(ad, 'thumbnailUrl'),
    mediaType: numberIn(ad, 'mediaType'),
    mediaUrl: textIn(ad, 'mediaUrl'),
    sourceApp: textIn(ad, 'sourceApp'),
    sourceId: textIn(ad, 'sourceId'),
    ctwaClid: textIn(ad, 'ctwaClid'),
  });
  return Object.keys(context).length === 0 ? undefined : context;
}
