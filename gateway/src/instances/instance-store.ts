import type { Database, Row } from '../database/database.ts';
import { sql, type Statement } from '../database/sql.ts';
import { toStorable } from '../database/values.ts';
import type { Instance, InstanceState } from './instance.ts';

export async function loadInstances(database: Database): Promise<Instance[]> {
  const rows = await database.all(sql`select * from instances order by id`);
  return rows.map(toInstance);
}

/** Makes a new instance; without a name it is called `instance <id>`. */
export async function insertInstance(database: Database, name: string, nowMs: number): Promise<Instance> {
  const [rows] = await database.commit([
    sql`insert into instances (name, state, created_at) values (${name}, 'booting', ${nowMs}) returning *`,
  ]);
  const row = rows?.[0];
  if (row === undefined) throw new Error('The store gave no row back.');
  return toInstance(row);
}

/** Writes where an instance is and whose number it has. What WhatsApp says in text is made fit for the store. */
export function updateInstance(instance: Instance): Statement {
  const { id, state, stateReason, phone, lid, pushName, linkedAt } = instance;
  return sql`update instances set state = ${state}, state_reason = ${stateReason && toStorable(stateReason)},
    phone = ${phone}, lid = ${lid}, push_name = ${pushName && toStorable(pushName)}, linked_at = ${linkedAt}
    where id = ${id}`;
}

export function renameInstance(id: number, name: string): Statement {
  return sql`update instances set name = ${name} where id = ${id}`;
}

/** Everything that belongs to an instance; the events and deliveries go with it. */
export function deleteInstance(id: number): Statement[] {
  return [
    sql`delete from attempts where delivery_id in (select id from deliveries where instance_id = ${id})`,
    sql`delete from delivery_bodies where delivery_id in (select id from deliveries where instance_id = ${id})`,
    sql`delete from deliveries where instance_id = ${id}`,
    sql`delete from events where instance_id = ${id}`,
    sql`delete from event_identities where instance_id = ${id}`,
    sql`delete from outgoing where instance_id = ${id}`,
    sql`delete from messages where instance_id = ${id}`,
    sql`delete from recipients where instance_id = ${id}`,
    sql`delete from group_members where instance_id = ${id}`,
    sql`delete from groups where instance_id = ${id}`,
    sql`delete from placeholders where instance_id = ${id}`,
    sql`delete from gaps where instance_id = ${id}`,
    sql`delete from inbox where instance_id = ${id}`,
    sql`delete from addresses where instance_id = ${id}`,
    sql`delete from chat_aliases where instance_id = ${id}`,
    sql`delete from chats where instance_id = ${id}`,
    sql`delete from auth_keys where instance_id = ${id}`,
    sql`delete from webhooks where instance_id = ${id}`,
    sql`delete from instances where id = ${id}`,
  ];
}

function toInstance(row: Row): Instance {
  const id = row['id'] as number;
  return {
    id,
    name: (row['name'] as string) || `instance ${id}`,
    state: row['state'] as InstanceState,
    stateReason: row['state_reason'] as string | null,
    phone: row['phone'] as string | null,
    lid: row['lid'] as string | null,
    pushName: row['push_name'] as string | null,
    createdAt: row['created_at'] as number,
    linkedAt: row['linked_at'] as number | null,
  };
}
