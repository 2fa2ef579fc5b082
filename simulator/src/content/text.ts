import type { Content } from '../message-content.ts';
import { contentOf } from '../message-content.ts';
import type { proto } from '../stanza/codec.ts';
import { jidOf, withContext } from './context.ts';
import type { Named } from './context.ts';

/** A message as far as one that answers it must know it. */
export interface Quotable {
  readonly id: string;
  /** Phone number of who wrote it. */
  readonly from: string;
  readonly content: proto.IMessage | undefined;
}

/**
 * Any content as an answer to a message: a `PhoneMessage`, for example. Its writer is named by phone number, or as `by`
 * says, as clients do in chats under LIDs. `chat` is the jid of another chat that it was in.
 */
export function reply(
  message: Quotable,
  what: Content,
  { by = `${message.from}@s.whatsapp.net`, chat }: { by?: Named; chat?: string } = {},
): proto.IMessage {
  return withContext(what, {
    stanzaId: message.id,
    participant: jidOf(by),
    quotedMessage: message.content ?? { conversation: '' },
    ...(chat !== undefined && { remoteJid: chat }),
  });
}

/** Any content that mentions somebody, or whole groups. The text shows `@` and the digits of the jid where they are named. */
export function mention(
  what: Content,
  people: readonly Named[],
  groups: readonly { readonly jid: string; readonly subject: string }[] = [],
): proto.IMessage {
  const groupMentions = groups.map(({ jid, subject }) => ({ groupJid: jid, groupSubject: subject }));
  return withContext(what, {
    mentionedJid: people.map(jidOf),
    ...(groupMentions.length > 0 && { groupMentions }),
  });
}

/** Any content as passed on from elsewhere; 5 and more is "forwarded many times". */
export function forwarded(what: Content, score = 1): proto.IMessage {
  return withContext(what, { isForwarded: true, forwardingScore: score });
}

export interface LinkPreview {
  /** The link as it stands in the text. */
  readonly link: string;
  readonly title?: string;
  readonly description?: string;
  /** A small JPEG. */
  readonly thumbnail?: Uint8Array;
}

/** A text with a preview of a link in it. */
export function linkPreview(
  text: string,
  { link, title, description, thumbnail }: LinkPreview,
): proto.IMessage {
  return {
    extendedTextMessage: {
      text,
      matchedText: link,
      ...(title !== undefined && { title }),
      ...(description !== undefined && { description }),
      ...(thumbnail !== undefined && { jpegThumbnail: thumbnail }),
    },
  };
}

/** A content inside the wrapper of chats whose messages vanish after so many seconds. */
export function disappearing(what: Content, seconds: number): proto.IMessage {
  const message = withContext(what, { expiration: seconds, ephemeralSettingTimestamp: 0 });
  return { ephemeralMessage: { message } };
}

/** A content that may be opened once. */
export function viewOnce(what: Content): proto.IMessage {
  return { viewOnceMessageV2: { message: contentOf(what) } };
}
