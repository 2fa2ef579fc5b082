import type { CtwaContextData, GroupMentionData, RawMessageData } from '@eazewa/sdk/events';
import { contactId } from '../jid.ts';
import { bodyOf } from './body.ts';
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
import { kindOfContent } from './message-type.ts';
import { rawMedia } from './raw-media.ts';
import type { MessageContent } from './translation.ts';

/** What stands around a content (WAProto's `ContextInfo`), in the words of WhatsApp Web's `WAWebE2EProtoParser`. */
export interface ContextInfo {
  readonly isForwarded: boolean;
  readonly forwardingScore: number;
  readonly mentionedIds: readonly string[];
  readonly groupMentions: readonly GroupMentionData[];
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
  return {
    isForwarded: info?.['isForwarded'] === true || forwardingScore > 0,
    forwardingScore,
    mentionedIds: textsIn(info, 'mentionedJid').map((jid) => contacts.id(jid)),
    groupMentions: objectsIn(info, 'groupMentions').map((mention) => ({
      groupSubject: textIn(mention, 'groupSubject') ?? '',
      groupJid: contactId(textIn(mention, 'groupJid') ?? ''),
    })),
    isEphemeral: isEphemeral || expiration > 0,
    ephemeralDuration: expiration > 0 ? expiration : undefined,
    quote: quoteOf(info, contacts),
    ctwaContext: advertisementOf(info),
  };
}

function quoteOf(info: MessageContent | null, contacts: Contacts): Quote {
  const quoted = objectIn(info, 'quotedMessage');
  const quotedStanzaID = textIn(info, 'stanzaId');
  if (quoted === null || quotedStanzaID === undefined) return {};
  const { content } = unwrap(quoted);
  const kind = kindOfContent(content);
  const [participant, chat] = [textIn(info, 'participant'), textIn(info, 'remoteJid')];
  return {
    quotedMsg:
      kind.is === 'message'
        ? { type: kind.type, body: bodyOf(content, kind.field), ...rawMedia(content, kind.field) }
        : { type: 'unknown', body: '' },
    quotedStanzaID,
    ...(participant === undefined ? {} : { quotedParticipant: contacts.id(participant) }),
    ...(chat === undefined ? {} : { quotedRemoteJid: contacts.id(chat) }),
  };
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
