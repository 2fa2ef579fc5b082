import { proto, type WAMessageKey } from 'baileys';
import type { Statement } from '../database/sql.ts';
import { countGapsAsked, openGaps } from '../inbox/gaps.ts';
import type { InstanceInbox } from '../inbox/instance-inbox.ts';
import {
  countAsked,
  giveUpPlaceholders,
  waitingPlaceholders,
  type Placeholder,
} from '../inbox/placeholders.ts';
import { packPlaintexts } from '../inbox/plaintexts.ts';
import { kindOf, parseChatId } from '../jid.ts';
import type { Log } from '../log.ts';
import { chatEnds, type ChatEnd } from '../messages/chat-ends.ts';

/** What Baileys can ask the account's own phone for. */
export interface AsksPhone {
  /** One message again. */
  requestPlaceholderResend(key: WAMessageKey): Promise<string | undefined>;
  /** Up to `count` messages of a chat that are older than one of it. */
  fetchMessageHistory(count: number, older: WAMessageKey, timestampMs: number): Promise<string>;
}

export interface CatchUpParts {
  readonly inbox: InstanceInbox;
  readonly log: Log;
  readonly phone: AsksPhone;
  /** Resolves when what has come is recorded. */
  readonly whenRecorded: () => Promise<void>;
  readonly isOver: () => boolean;
}

/** The phone is asked for the same message at this many logins, then it counts as lost. */
const askedMax = 3;
/** And for the history because of one gap: twice at each of as many logins. */
const gapAskedMax = 2 * askedMax;
/** What is missing after this long is asked for once more. */
const askAgainMs = 30_000;
/** Of one login; the others wait for the next. */
const placeholdersAtOnce = 20;
const chatsAtOnce = 10;
const messagesPerChat = 50;
/** Phones do not answer for older messages (`PLACEHOLDER_MAX_AGE_SECONDS` in Baileys). */
const placeholderMaxAgeMs = 14 * 24 * 3600 * 1000;

/**
 * Asks the own phone for what is missing when the connection is ready: messages that came without their content, and,
 * when WhatsApp announced more than it delivered, the latest messages of the latest chats. The answers come as messages
 * between the own devices; what they bring becomes rows of the inbox.
 */
export async function catchUp(parts: CatchUpParts): Promise<void> {
  try {
    await parts.whenRecorded();
    if (parts.isOver()) return;
    await giveUpOld(parts);
    const isMissing = await askForHistory(parts);
    await askForContents(parts);
    // The phone may have been away for a moment, or more of a chat is known now.
    if (isMissing && (await stillThere(parts))) await askForHistory(parts);
  } catch (error) {
    const { inbox, log } = parts;
    if (parts.isOver()) return;
    log.warn(
      { instanceId: inbox.instanceId, err: error },
      'The phone could not be asked for what is missing; trying again at the next connection.',
    );
  }
}

async function giveUpOld({ inbox, log }: CatchUpParts): Promise<void> {
  const { instanceId, parts } = inbox;
  const nowMs = parts.clock.now();
  const before = nowMs - placeholderMaxAgeMs;
  const lost = await giveUpPlaceholders(
    parts.database,
    instanceId,
    { askedMax, before, nowMs },
    // What was said about it waited for its content: it is told without.
    (placeholder) => [endOfWaiting(inbox, placeholder)],
  );
  for (const { seq, messageId } of lost) {
    parts.onPlaceholder?.('lost');
    log.error({ instanceId, seq, messageId }, 'A message is lost: nobody could tell its content.');
  }
  if (lost.length > 0) inbox.kick();
}

/** Staged in the tick in which it takes its number: a message of the history that has no content. */
function endOfWaiting(inbox: InstanceInbox, placeholder: Placeholder): Statement {
  const { messageId: id, chat, sender, fromMe } = placeholder;
  const key = { remoteJid: chat, fromMe, id, participant: sender };
  const message = proto.WebMessageInfo.encode({ key }).finish();
  return inbox.nextRow({
    kind: 'history',
    stanza: Buffer.from(chat),
    plaintext: inbox.parts.vault.seal(packPlaintexts([message])),
  });
}

/** Resolves with whether anything is missing. */
async function askForHistory({ inbox, log, phone, isOver }: CatchUpParts): Promise<boolean> {
  const { instanceId, parts } = inbox;
  const gaps = await openGaps(parts.database, instanceId, gapAskedMax);
  if (gaps.length === 0) return false;
  const ends = await chatEnds(parts.database, instanceId, chatsAtOnce);
  log.info(
    { instanceId, gaps: gaps.length, chats: ends.length },
    'Asking the phone for its latest messages, because some are missing.',
  );
  await parts.database.commit([countGapsAsked(instanceId)]);
  for (const end of ends) {
    if (isOver()) break;
    const key = keyOf(end);
    if (key !== null) await phone.fetchMessageHistory(messagesPerChat, key, end.timestampS * 1000);
  }
  return true;
}

/** A little later, whether the connection still is. */
async function stillThere({ inbox, isOver }: CatchUpParts): Promise<boolean> {
  await new Promise<void>((resolve) => void inbox.parts.clock.after(askAgainMs, resolve));
  return !isOver();
}

async function askForContents({ inbox, log, phone, isOver }: CatchUpParts): Promise<void> {
  const { instanceId, parts } = inbox;
  const waiting = await waitingPlaceholders(parts.database, instanceId, askedMax, placeholdersAtOnce);
  for (const placeholder of waiting) {
    if (isOver()) return;
    await parts.database.commit([countAsked(instanceId, placeholder)]);
    log.info(
      { instanceId, messageId: placeholder.messageId },
      'Asking the phone for a message that came without its content.',
    );
    await phone.requestPlaceholderResend(keyOfPlaceholder(placeholder));
  }
}

function keyOfPlaceholder({ chat, sender, messageId, fromMe }: Placeholder): WAMessageKey {
  const participant = kindOf(chat) === 'group' ? { participant: sender } : {};
  return { remoteJid: chat, fromMe, id: messageId, ...participant };
}

function keyOf({ chatId, messageId, fromMe, author }: ChatEnd): WAMessageKey | null {
  const chat = parseChatId(chatId);
  if (!('jid' in chat)) return null;
  const sender = author === null ? null : parseChatId(author);
  const participant = sender !== null && 'jid' in sender ? { participant: sender.jid } : {};
  return { remoteJid: chat.jid, fromMe, id: messageId, ...participant };
}
