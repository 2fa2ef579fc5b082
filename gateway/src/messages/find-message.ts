import type { MessageData } from '@eazewa/sdk/events';
import type { Database, Row } from '../database/database.ts';
import { sql, type Statement } from '../database/sql.ts';
import { isStorable } from '../database/values.ts';
import { GatewayError } from '../errors.ts';
import { contactId, parseMessageId } from '../jid.ts';
import { decodeMessage, encodeMessage } from './message-body.ts';
import type { MessageStore } from './message-store.ts';

/**
 * The stored message of an id that a caller gave: `<fromMe>_<chat>_<id>`, perhaps with `_<participant>`, `_in` or `_out`
 * behind it, or the bare id when only one message has it. The chat may be named by phone number or by LID, whichever of the
 * two it was told by; `formsOf` gives both when they are known.
 *
 * @throws GatewayError `action_failed` when there is none, or a bare id stands for several.
 */
export async function findMessage(
  database: Database,
  instanceId: number,
  messageId: string,
  formsOf: (jid: string) => Promise<readonly string[]>,
): Promise<MessageData> {
  const wanted = parseMessageId(messageId);
  const stored = await messagesOfId(database, instanceId, wanted?.id ?? messageId);
  const found = wanted === null || stored.length === 0 ? stored : await those(stored, wanted, formsOf);
  const [message, ...others] = found;
  if (message === undefined) throw notFound(`There is no message ${messageId} that the gateway keeps.`);
  if (others.length > 0) {
    const ids = found.map(({ id }) => id._serialized).slice(0, 5);
    throw notFound(`Several messages have the id ${messageId}: ask for one of ${ids.join(', ')}.`);
  }
  return message;
}

/**
 * Keeps the new place of the file of a message. When something else changes the message at the same moment that change
 * stays and the place is not kept: it is found again the next time.
 */
export async function moveFile(
  database: Database,
  store: MessageStore,
  instanceId: number,
  { id }: MessageData,
  directPath: string,
): Promise<void> {
  const rows = await rowsOfId(database, instanceId, id.id);
  const row = rows.find((each) => toData(each).id._serialized === id._serialized);
  if (row === undefined) return;
  const stored = decodeMessage(row.body);
  const after = encodeMessage({ ...stored, data: withPath(stored.data, directPath) });
  await database.commit([replaceBody(instanceId, row, id.id, after)]);
  store.change(id, (message) => withPath(message, directPath));
}

function withPath(message: MessageData, directPath: string): MessageData {
  return { ...message, _data: { ...message._data, directPath } };
}

interface MessageRow extends Row {
  readonly chat_id: number;
  readonly from_me: number;
  readonly body: Uint8Array;
}

async function rowsOfId(database: Database, instanceId: number, id: string): Promise<MessageRow[]> {
  if (!isStorable(id)) return [];
  return database.all<MessageRow>(
    sql`select chat_id, from_me, body from messages where instance_id = ${instanceId} and id = ${id} limit 20`,
  );
}

async function messagesOfId(database: Database, instanceId: number, id: string): Promise<MessageData[]> {
  const rows = await rowsOfId(database, instanceId, id);
  return rows
    .map(({ body }) => decodeMessage(body))
    .filter(({ isNoMessage }) => isNoMessage !== true)
    .map(({ data }) => data);
}

function replaceBody(
  instanceId: number,
  { chat_id, from_me, body }: MessageRow,
  id: string,
  after: Uint8Array,
): Statement {
  return sql`update messages set body = ${after}
    where instance_id = ${instanceId} and chat_id = ${chat_id} and id = ${id} and from_me = ${from_me} and body = ${body}`;
}

function toData({ body }: MessageRow): MessageData {
  return decodeMessage(body).data;
}

/** Those that the id means: the chat has the id by which it was told first, and callers may know its other one. */
async function those(
  stored: readonly MessageData[],
  wanted: MessageData['id'],
  formsOf: (jid: string) => Promise<readonly string[]>,
): Promise<MessageData[]> {
  const forms = (await formsOf(wanted.remote)).map((jid) => contactId(jid));
  const found = stored.filter(
    ({ id, _data }) =>
      id.fromMe === wanted.fromMe &&
      // The LID that the message was told with stays its own when somebody's number changes.
      (forms.includes(id.remote) || (id.participant === undefined && forms.includes(_data.lid ?? ''))),
  );
  // One that was told under both ids is there twice: each id means its own.
  const exact = found.filter(({ id }) => id.remote === contactId(wanted.remote));
  return exact.length > 0 ? exact : found;
}

function notFound(explanation: string): GatewayError {
  return new GatewayError('action_failed', 'message not found', { explanation });
}
