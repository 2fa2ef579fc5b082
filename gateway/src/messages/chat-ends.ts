import type { MessageData } from '@eazewa/sdk/events';
import type { Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { decodeMessage } from './message-body.ts';

/** A newest message of a chat. */
export interface ChatEnd {
  /** As receivers know it. */
  readonly chatId: string;
  readonly messageId: string;
  readonly fromMe: boolean;
  /** Who wrote it, in groups. */
  readonly author: string | null;
  readonly timestampS: number;
}

/** So many of the latest messages are looked at. */
const messagesLookedAt = 500;

/** Messages have whole seconds: several can be the newest of their chat. More of them are not given. */
const sameSecondMax = 5;

/** The newest messages of each of the chats that were written to last, the latest chat first. */
export async function chatEnds(database: Database, instanceId: number, chatsMax: number): Promise<ChatEnd[]> {
  const rows = await database.all<{ chat_id: number; timestamp_s: number; body: Uint8Array }>(
    sql`select chat_id, timestamp_s, body from messages
      where instance_id = ${instanceId} order by timestamp_s desc limit ${messagesLookedAt}`,
  );
  const messages = rows
    .map((row) => ({ ...row, ...decodeMessage(row.body) }))
    .filter(({ isNoMessage }) => isNoMessage !== true);
  const chats = [...Map.groupBy(messages, ({ chat_id }) => chat_id).values()].slice(0, chatsMax);
  return chats.flatMap((chat) =>
    chat
      .filter(({ timestamp_s }) => timestamp_s === chat[0]?.timestamp_s)
      .slice(0, sameSecondMax)
      .map(({ data }) => endOf(data)),
  );
}

function endOf({ id, timestamp, author }: MessageData): ChatEnd {
  return {
    chatId: id.remote,
    messageId: id.id,
    fromMe: id.fromMe,
    author: author ?? null,
    timestampS: timestamp,
  };
}
