import type { Database } from '../database/database.ts';
import { join, sql } from '../database/sql.ts';
import { contactId, isLid } from '../jid.ts';

/** By which names people know the chats of an instance. */
export interface ChatNames {
  /** The number of the chat with this wire jid; null when there is none. */
  find(instanceId: number, jid: string): Promise<number | null>;
  /** The ids of chats as receivers know them, `<digits>@c.us` for a person whose number is known, by their numbers. */
  contactsOf(instanceId: number, chatIds: readonly number[]): Promise<Map<number, string>>;
}

export function createChatNames(db: Database): ChatNames {
  return {
    async find(instanceId, jid) {
      const row = await db.first<{ chat_id: number }>(
        sql`select chat_id from chat_aliases where instance_id = ${instanceId} and jid = ${jid}`,
      );
      return row?.chat_id ?? null;
    },
    async contactsOf(instanceId, chatIds) {
      if (chatIds.length === 0) return new Map();
      const rows = await db.all<{ chat_id: number; jid: string }>(sql`select chat_id, jid from chat_aliases
        where instance_id = ${instanceId} and chat_id in (${join(chatIds)}) order by jid`);
      // The last one of a chat counts: a number before a LID.
      const inOrder = [...rows.filter(({ jid }) => isLid(jid)), ...rows.filter(({ jid }) => !isLid(jid))];
      return new Map(inOrder.map(({ chat_id, jid }) => [chat_id, contactId(jid)]));
    },
  };
}
