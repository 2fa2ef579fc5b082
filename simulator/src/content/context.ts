import type { proto } from '../stanza/codec.ts';
import { contentOf } from '../message-content.ts';
import type { Content } from '../message-content.ts';

/** Somebody as a content names them: a phone, under its LID unless said otherwise, or any jid. */
export type Named = { readonly lidJid: string } | string;

/** The jid that stands for somebody inside a content. */
export function jidOf(who: Named): string {
  return typeof who === 'string' ? who : who.lidJid;
}

/**
 * Adds to the context of a content: what it answers, whom it mentions, whence it was forwarded, how long it stays. A plain
 * text becomes an extended one, which alone has a context; what is in wrappers gets it inside.
 */
export function withContext(what: Content, context: proto.IContextInfo): proto.IMessage {
  const { conversation, ...content } = contentOf(what);
  if (typeof conversation === 'string')
    return withContext({ ...content, extendedTextMessage: { text: conversation } }, context);
  const [name, part] = mainPart(content);
  const inner = 'message' in part && isObject(part.message) ? part.message : undefined;
  const changed = inner
    ? { ...part, message: withContext(inner, context) }
    : { ...part, contextInfo: { ...contextOf(part), ...context } };
  return { ...content, [name]: changed };
}

/** Adds to what stands beside a content: its secret, what it belongs to. */
export function withMessageContext(what: Content, info: proto.IMessageContextInfo): proto.IMessage {
  const content = contentOf(what);
  return { ...content, messageContextInfo: { ...content.messageContextInfo, ...info } };
}

/** The part of a content that says what it is, with its name. Throws `TypeError` when there is none. */
function mainPart(content: proto.IMessage): [string, object] {
  const parts: [string, unknown][] = Object.entries(content);
  const main = parts.find(([name, part]) => name !== 'messageContextInfo' && isObject(part));
  if (main && isObject(main[1])) return [main[0], main[1]];
  throw new TypeError('This content has no part that could have a context.');
}

function contextOf(part: object): object {
  return 'contextInfo' in part && isObject(part.contextInfo) ? part.contextInfo : {};
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
