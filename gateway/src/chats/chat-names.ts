import type { Database } from '../database/database.ts';
import { join, sql } from '../database/sql.ts';
import { contactId, isLid } from '../jid.ts';
import { Addresses } from './addresses.ts';

/** By which names people know the chats of an instance. */
export interface ChatNames {
  /**
   * The numbers of the chat with this wire jid; none when there is no such chat. They are two when the pair of its jids is
   * known and nothing has come since that made the two chats one.
   */
  find(instanceId: number, jid: string): Promise<readonly number[]>;
  /** The ids of chats as receivers know them, `<digits>@c.us` for a person whose number is known, by their numbers. */
  contactsOf(instanceId: number, chatIds: readonly number[]): Promise<Map<number, string>>;
}

export function createChatNames(db: Database): ChatNames {
  return {
    async find(instanceId, jid) {
      const forms = await new Addresses(db, instanceId).formsOf(jid);
      const rows = await db.all<{ chat_id: number }>(sql`select distinct chat_id from chat_aliases
        where instance_id = ${instanceId} and jid in (${join(forms)})`);
      return rows.map(({ chat_id }) => chat_id);
    },
    async contactsOf(instanceId, chatIds) {
      if (chatIds.length === 0) return new Map();
      const rows = await db.all<{ chat_id: number; jid: string }>(sql`select chat_id, jid from chat_aliases
        where instance_id = ${instanceId} and chat_id in (${join(chatIds)}) order by jid`);
      // The last one of a chat counts: a number before a LID.
      const inOrder = [...rows.filter(({ jid }) => isLid(jid)), ...rows.filter(({ jid }) => !isLid(jid))];
      const names = new Map(inOrder.map(({ chat_id, jid }) => [chat_id, jid]));
      const known = await new Addresses(db, instanceId).otherForms([...names.values()].filter(isLid));
      const phoneOf = (jid: string) => (isLid(jid) ? known.get(jid) : undefined);
      return new Map([...names].map(([chatId, jid]) => [chatId, contactId(phoneOf(jid) ?? jid)]));
    },
  };
}
