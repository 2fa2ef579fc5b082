import type { Database, Row } from '../database/database.ts';
import { oldPart, rowsPerUnit, type Age } from '../database/old-rows.ts';
import { join, sql, type Statement } from '../database/sql.ts';
import { lastSeq, type InboxState } from './inbox-rows.ts';

/**
 * Removes rows that ended and were received before the age; those that did not end stay, however old they are, and so
 * does the newest row of each instance, whose number must not be given again. Yields how many went, after each unit.
 *
 * It looks at each instance's oldest rows only, in the order of the wire, so it needs no index of its own.
 */
export async function* forgetOldRows(database: Database, age: Age): AsyncGenerator<number> {
  for await (const instanceId of instancesWithRows(database)) {
    // Rows that come meanwhile are newer, so this one may go by the next time.
    const newest = await lastSeq(database, instanceId);
    for await (const rows of windows(database, instanceId, 0, age)) {
      const ended = rows.filter((row) => isOver(row) && row.received_at < age.before);
      const count = ended.filter(({ seq }) => seq < newest).length;
      if (count > 0) await database.commit([removed(instanceId, rows, newest, age)]);
      if (ended.some(({ seq, has_content }) => seq === newest && has_content === 1))
        await database.commit([emptied(instanceId, newest, newest, age, ['done', 'parked'])]);
      yield count;
    }
  }
}

/** Drops what messages held that ended: nobody asks for it again after the age. Their rows stay. */
export class ContentDrop {
  readonly #database: Database;
  /** By instance: the row up to which nothing is left to drop. */
  readonly #droppedTo = new Map<number, number>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Yields how many rows were emptied, after each unit. */
  async *drop(age: Age): AsyncGenerator<number> {
    for await (const instanceId of instancesWithRows(this.#database)) yield* this.#dropOf(instanceId, age);
  }

  async *#dropOf(instanceId: number, age: Age): AsyncGenerator<number> {
    const from = this.#droppedTo.get(instanceId) ?? 0;
    // A row that has not ended yet is looked at again next time, and so is all that comes after it.
    let isWhole = true;
    for await (const rows of windows(this.#database, instanceId, from, age)) {
      const full = rows.filter(
        (row) => row.state === 'done' && row.has_content === 1 && row.received_at < age.before,
      );
      const [first, last] = [full[0], full.at(-1)];
      if (first && last)
        await this.#database.commit([emptied(instanceId, first.seq, last.seq, age, ['done'])]);
      const open = rows.find((row) => !isOver(row) || row.received_at >= age.before);
      if (isWhole) this.#droppedTo.set(instanceId, open ? open.seq - 1 : (rows.at(-1)?.seq ?? from));
      if (open) isWhole = false;
      yield full.length;
    }
  }
}

interface OldRow extends Row {
  readonly seq: number;
  readonly state: InboxState;
  readonly received_at: number;
  readonly has_content: number;
}

async function* instancesWithRows(database: Database): AsyncGenerator<number> {
  for (let after = -1; ;) {
    const row = await database.first<{ id: number | null }>(
      sql`select min(instance_id) as id from inbox where instance_id > ${after}`,
    );
    const id = row?.id ?? null;
    if (id === null) return;
    yield id;
    after = id;
  }
}

/** The old rows of an instance after `after`, in the order of the wire, as many at a time as one unit may change. */
async function* windows(
  database: Database,
  instanceId: number,
  after: number,
  age: Age,
): AsyncGenerator<readonly OldRow[]> {
  for (let from = after; ;) {
    const rows = await database.all<OldRow>(sql`select seq, state, received_at,
        case when stanza is null and plaintext is null then 0 else 1 end as has_content
      from inbox where instance_id = ${instanceId} and seq > ${from} order by seq limit ${rowsPerUnit}`);
    const old = oldPart(rows, (row) => row.received_at, age);
    const last = old.at(-1);
    if (last === undefined) return;
    yield old;
    if (old.length < rowsPerUnit) return;
    from = last.seq;
  }
}

function isOver({ state }: OldRow): boolean {
  return state === 'done' || state === 'parked';
}

function removed(instanceId: number, rows: readonly OldRow[], newest: number, age: Age): Statement {
  return sql`delete from inbox where instance_id = ${instanceId}
    and seq >= ${rows[0]?.seq ?? 0} and seq <= ${rows.at(-1)?.seq ?? 0} and seq < ${newest}
    and state in ('done', 'parked') and received_at < ${age.before}`;
}

function emptied(
  instanceId: number,
  first: number,
  last: number,
  age: Age,
  states: readonly InboxState[],
): Statement {
  return sql`update inbox set stanza = null, plaintext = null
    where instance_id = ${instanceId} and seq >= ${first} and seq <= ${last}
      and state in (${join(states)}) and own_work = 0 and received_at < ${age.before}
      and (stanza is not null or plaintext is not null)`;
}
