import type { Change } from './change.ts';
import type { ChangeFacts } from './change-facts.ts';
import { objectIn, unwrap } from './content.ts';
import { kindOfContent } from './message-type.ts';
import { recordMessage } from './record-message.ts';
import type { MessageContent, StoredMessage, Translation } from './translation.ts';

/** A comment on a post is a message of its own, which quotes the post. */
export function translateComment(
  { content }: Extract<Change, { is: 'comment' }>,
  { told, target, stored, contacts, context }: ChangeFacts,
): Translation {
  const unwrapped = unwrap(content);
  const quote = {
    stanzaId: target.id,
    participant: target.sender,
    quotedMessage: stored === undefined ? {} : quotedContent(stored),
  };
  const quoting = { ...unwrapped, content: withQuote(unwrapped.content, quote) };
  return recordMessage({ ...told, unwrapped: quoting }, contacts, context);
}

function withQuote(content: MessageContent, quote: MessageContent): MessageContent {
  const { conversation, ...others } = content;
  // Plain text has no place for a quote.
  if (typeof conversation === 'string')
    return { ...others, extendedTextMessage: { text: conversation, contextInfo: quote } };
  const kind = kindOfContent(content);
  const part = kind.is === 'message' ? objectIn(content, kind.field) : null;
  if (kind.is !== 'message' || part === null) return content;
  return {
    ...content,
    [kind.field]: { ...part, contextInfo: { ...objectIn(part, 'contextInfo'), ...quote } },
  };
}

function quotedContent({ data }: StoredMessage): MessageContent {
  return data._data.content ?? { conversation: data.body };
}
