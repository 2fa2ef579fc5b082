import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { isHostedPnUser, isPnUser, proto } from 'baileys';
import { fieldsOf, inField } from '../events/protobuf.ts';
import { kindOf } from '../jid.ts';
import type { Blobs } from '../media/blobs.ts';
import { MediaUnavailable } from '../media/media-unavailable.ts';

export type HistoryNotification = proto.Message.IHistorySyncNotification;

/**
 * A part of the phone's history: a `HistorySync` of WAProto, of some megabytes. It is looked through and not decoded: as
 * objects it would be ten times as large, and nothing else could go on until they are made.
 */
export interface HistoryFile {
  readonly chats: readonly HistoryChat[];
  /** What it says of chats and addresses, without messages: a `HistorySync` again. */
  readonly about: Uint8Array;
}

export interface HistoryChat {
  /** Wire jid. */
  readonly jid: string;
  /** Oldest first. */
  readonly messages: readonly HistoryMessage[];
}

export interface HistoryMessage {
  /** Seconds since 1970; 0 when it does not say. */
  readonly atS: number;
  /** A `WebMessageInfo`; a view into the file. */
  readonly bytes: Uint8Array;
}

/**
 * The history that a notification brings, or names as a file, if it unpacks to no more than `bytesMax`.
 *
 * @throws MediaUnavailable when it is on the media server and cannot be had, or is larger than that; Error when it cannot be read.
 */
export async function readHistory(
  notification: HistoryNotification,
  blobs: Pick<Blobs, 'read'>,
  bytesMax = unpackedMax,
): Promise<HistoryFile> {
  const inline = notification.initialHistBootstrapInlinePayload;
  const compressed = inline?.length ? inline : await blobs.read(notification, 'History');
  const file = await unpacked(compressed, bytesMax);
  const chats: HistoryChat[] = [];
  const about: Uint8Array[] = [];
  for await (const { number, bytes, whole } of withPauses(fieldsOf(file))) {
    if (number === syncFields.syncType || number === syncFields.addressPair) about.push(whole);
    if (number !== syncFields.chat || bytes === null) continue;
    const chat = await readChat(bytes);
    chats.push(chat);
    about.push(inField(syncFields.chat, chat.about));
  }
  return { chats, about: Buffer.concat(about) };
}

/** A notification of which Baileys learns what the history says beside its messages. */
export async function notificationAbout({ about }: HistoryFile): Promise<HistoryNotification> {
  return {
    // As if it had been asked for: Baileys takes in no other.
    syncType: proto.Message.HistorySyncType.ON_DEMAND,
    initialHistBootstrapInlinePayload: await promisify(deflate)(about),
  };
}

/** Node's own 16 KB are a turn of the event loop for each of them. */
const inflatedAtOnce = 128 * 1024;
/** A few milliseconds. */
const fieldsAtOnce = 1000;
/** The parts that phones send have a few megabytes; a few hundred kilobytes can be packed so that they unpack to anything. */
const unpackedMax = 256 * 1024 * 1024;

/** The numbers of the fields in WAProto. */
const syncFields = { syncType: 1, chat: 2, addressPair: 15 };
const chatFields = { jid: 1, message: 2, phoneJid: 39 };
const entryFields = { message: 1 };
const messageFields = { timestamp: 3, receipt: 40 };

async function unpacked(compressed: Uint8Array, bytesMax: number): Promise<Uint8Array> {
  const options = { chunkSize: inflatedAtOnce, maxOutputLength: bytesMax };
  return promisify(inflate)(compressed, options).catch((error: unknown) => {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw isTooLarge ? new MediaUnavailable('too_large') : error;
  });
}

async function readChat(conversation: Uint8Array): Promise<HistoryChat & Pick<HistoryFile, 'about'>> {
  const about: Uint8Array[] = [];
  const newestFirst: HistoryMessage[] = [];
  let jid = '';
  let hasPhone = false;
  await pause();
  for await (const { number, bytes, whole } of withPauses(fieldsOf(conversation))) {
    if (number !== chatFields.message) about.push(whole);
    if (bytes === null) continue;
    if (number === chatFields.jid) jid = Buffer.from(bytes).toString();
    if (number === chatFields.phoneJid) hasPhone = true;
    if (number !== chatFields.message) continue;
    for (const entry of fieldsOf(bytes))
      if (entry.number === entryFields.message && entry.bytes !== null)
        newestFirst.push({ atS: secondsIn(entry.bytes), bytes: entry.bytes });
  }
  const naming = kindOf(jid) === 'lid' && !hasPhone ? newestFirst.find(namesRecipient) : undefined;
  if (naming !== undefined)
    about.push(inField(chatFields.message, inField(entryFields.message, naming.bytes)));
  const messages = newestFirst.toReversed().toSorted((one, other) => one.atS - other.atS);
  return { jid, messages: jid === '' ? [] : messages, about: Buffer.concat(about) };
}

function secondsIn(message: Uint8Array): number {
  for (const { number, value } of fieldsOf(message))
    if (number === messageFields.timestamp && value !== null) return value;
  return 0;
}

/** Where a chat has its LID only, Baileys finds the phone number in the receipts of what was sent there. */
function namesRecipient({ bytes }: HistoryMessage): boolean {
  if ([...fieldsOf(bytes)].every(({ number }) => number !== messageFields.receipt)) return false;
  const { key, userReceipt } = proto.WebMessageInfo.decode(bytes);
  const recipient = userReceipt[0]?.userJid ?? '';
  return key?.fromMe === true && (isPnUser(recipient) === true || isHostedPnUser(recipient) === true);
}

/** Lets all else go on now and then. */
async function* withPauses<T>(each: Iterable<T>): AsyncGenerator<T> {
  let count = 0;
  for (const one of each) {
    if (++count % fieldsAtOnce === 0) await pause();
    yield one;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
