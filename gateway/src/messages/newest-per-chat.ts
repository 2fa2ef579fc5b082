import type { MessageData } from '@eazewa/sdk/events';
import type { Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';

/** The newest message that is known of a chat. */
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

/** The newest message of each of the chats that were written to last, the latest chat first. */
export async function newestPerChat(
  database: Database,
  instanceId: number,
  chatsMax: number,
): Promise<ChatEnd[]> {
  const rows = await database.all<{
    chat_id: number;
    body: Uint8Array;
  }>(sql`select chat_id, body from messages
    where instance_id = ${instanceId} order by timestamp_s desc limit ${messagesLookedAt}`);
  const newest = new Map<number, ChatEnd>();
  for (const { chat_id, body } of rows) {
    if (newest.size >= chatsMax) break;
    if (!newest.has(chat_id))
      newest.set(chat_id, endOf(JSON.parse(Buffer.from(body).toString()) as MessageData));
  }
  return [...newest.values()];
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
