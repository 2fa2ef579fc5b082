import type { MessageId } from '@eazewa/sdk/events';

/**
 * An address of WhatsApp, taken apart. On the wire it reads `<user>[_<agent>][:<device>]@<server>`.
 */
export interface Jid {
  readonly user: string;
  readonly server: string;
  /** Which device of the user; absent or 0 is the phone itself. */
  readonly device?: number;
}

/** What an address stands for. `other` are system addresses, bots and whatever WhatsApp invents next. */
export type JidKind = 'phone' | 'lid' | 'group' | 'status' | 'broadcast' | 'newsletter' | 'other';

/** Takes a jid apart; null when the text is none. The agent, which only names a server again, is dropped. */
export function parseJid(text: string): Jid | null {
  const parts = jidPattern.exec(text);
  if (parts === null) return null;
  const [, user = '', device, server = ''] = parts;
  return device === undefined ? { user, server } : { user, server, device: Number(device) };
}

const jidPattern = /^([\w.+-]{1,128}?)(?:_\d{1,3})?(?::(\d{1,5}))?@([a-z.]{1,32})$/i;

/** The text of a jid. The phone's own device, 0, is not written. */
export function formatJid({ user, server, device = 0 }: Jid): string {
  return device === 0 ? `${user}@${server}` : `${user}:${device}@${server}`;
}

/**
 * The address of the person or chat, whichever of their devices it names: `49...:12@s.whatsapp.net` becomes
 * `49...@s.whatsapp.net`. `c.us` becomes `s.whatsapp.net`; `hosted` and `hosted.lid`, which only tell where a device
 * runs, become `s.whatsapp.net` and `lid`. Null when the text is no jid.
 */
export function withoutDevice(text: string): string | null {
  const jid = parseJid(text);
  return jid === null ? null : formatJid({ user: jid.user, server: personServer(jid) });
}

function personServer({ user, server }: Jid): string {
  if (server === 'hosted') return 's.whatsapp.net';
  if (server === 'hosted.lid') return 'lid';
  return server === 'c.us' && /^\d{5,}$/.test(user) ? 's.whatsapp.net' : server;
}

/** What a wire jid or contact id stands for. */
export function kindOf(text: string): JidKind {
  if (text === 'status@broadcast') return 'status';
  const jid = parseJid(text);
  return jid === null ? 'other' : (kinds.get(jid.server) ?? 'other');
}

const kinds = new Map<string, JidKind>([
  ['s.whatsapp.net', 'phone'],
  ['c.us', 'phone'],
  ['hosted', 'phone'],
  ['lid', 'lid'],
  ['hosted.lid', 'lid'],
  ['g.us', 'group'],
  ['broadcast', 'broadcast'],
  ['newsletter', 'newsletter'],
]);

/** Whether a jid is a LID: an address that hides the phone number. */
export function isLid(text: string): boolean {
  return kindOf(text) === 'lid';
}

/** The id that receivers and callers know: without device, a phone number as `<digits>@c.us`. The text itself when it is no jid. */
export function contactId(wire: string): string {
  const jid = parseJid(withoutDevice(wire) ?? '');
  if (jid === null) return wire;
  return formatJid({ user: jid.user, server: jid.server === 's.whatsapp.net' ? 'c.us' : jid.server });
}

/** The wire jid of a phone number given as digits. */
export function phoneJid(digits: string): string {
  return formatJid({ user: digits, server: 's.whatsapp.net' });
}

/** What is wrong with a chat id, in the words of the contract. */
export interface ChatIdProblem {
  readonly message: string;
  readonly explanation: string;
}

/**
 * The wire jid of a chat id that a caller gave: `<digits>@c.us` (or `@s.whatsapp.net`), `<digits>@lid`, `<id>@g.us`,
 * `<id>@newsletter`, `status@broadcast`. Anything else is a problem, since WhatsApp accepts wrong ids and delivers nothing.
 */
export function parseChatId(chatId: string): { readonly jid: string } | { readonly problem: ChatIdProblem } {
  const at = chatId.indexOf('@');
  if (at < 0) return problem(`"${shown(chatId)}" is missing a domain, expected <id>@c.us.`);
  const user = chatId.slice(0, at);
  const server = chatId.slice(at + 1);
  const pattern = chatIdUsers.get(server);
  if (pattern === undefined) {
    return problem(`"${shown(chatId)}" has an unknown domain, expected <id>@c.us, <id>@lid or <id>@g.us.`);
  }
  if (!pattern.test(user)) {
    return problem(
      `"${shown(chatId)}" has a malformed id before "@", expected ${chatIdExamples.get(server) ?? 'digits'}.`,
    );
  }
  return { jid: formatJid({ user, server: server === 'c.us' ? 's.whatsapp.net' : server }) };
}

const chatIdUsers = new Map([
  ['c.us', /^[1-9]\d{4,19}$/],
  ['s.whatsapp.net', /^[1-9]\d{4,19}$/],
  ['lid', /^[1-9]\d{4,19}$/],
  ['g.us', /^\d{5,32}(-\d{5,20})?$/],
  ['newsletter', /^\d{5,32}$/],
  ['broadcast', /^status$/],
]);

const chatIdExamples = new Map([
  ['c.us', 'the phone number as digits with the country code, without + or 00'],
  ['s.whatsapp.net', 'the phone number as digits with the country code, without + or 00'],
  ['broadcast', 'status'],
]);

function problem(explanation: string): { readonly problem: ChatIdProblem } {
  return { problem: { message: 'incorrect chatId format.', explanation } };
}

function shown(chatId: string): string {
  return chatId.length > 80 ? `${chatId.slice(0, 80)}...` : chatId;
}

/**
 * A message id as receivers know it. `remote` and `participant` are contact ids; only messages in groups, broadcasts
 * and status have a participant.
 */
export function formatMessageId(parts: {
  readonly fromMe: boolean;
  readonly remote: string;
  readonly id: string;
  readonly participant?: string | undefined;
}): MessageId {
  const { fromMe, remote, id, participant } = parts;
  const serialized = `${fromMe}_${remote}_${id}`;
  if (participant === undefined) return { fromMe, remote, id, _serialized: serialized };
  return { fromMe, remote, id, participant, _serialized: `${serialized}_${participant}` };
}

/**
 * Reads `<fromMe>_<remote>_<id>[_<participant>]`; the `_out` or `_in` that some objects end in is dropped. Null when the
 * text is none, so a bare id too.
 */
export function parseMessageId(serialized: string): MessageId | null {
  const parts = /^(true|false)_([^_]+@[^_]+)_([^@]+?)(?:_([^_@]+@[^_@]+))?(?:_(?:out|in))?$/.exec(serialized);
  if (parts === null) return null;
  const [, fromMe, remote = '', id = '', participant] = parts;
  return formatMessageId({ fromMe: fromMe === 'true', remote, id, participant });
}
