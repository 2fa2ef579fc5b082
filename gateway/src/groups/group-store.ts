import type { Database } from '../database/database.ts';
import { inParts } from '../database/in-parts.ts';
import { join, sql, type Statement } from '../database/sql.ts';
import { toStorable } from '../database/values.ts';
import type { GroupChange, GroupMember, Own } from '../events/translation.ts';
import { Recent } from '../recent.ts';

/** What is known of a group that the number is a member of. */
export interface Group {
  readonly subject: string;
  /** Their roles, by wire jid: the LID when it is known. The own number is among them. */
  readonly members: ReadonlyMap<string, GroupMember['role']>;
}

/** A whole group as WhatsApp tells it. */
export type KnownGroup = Omit<Extract<GroupChange, { is: 'known' }>, 'is'>;

/** The members without the own number: who gets what is written to the group. */
export function othersIn({ members }: Group, { phone, lid }: Own): string[] {
  return [...members.keys()].filter((member) => member !== phone && member !== lid);
}

/**
 * The groups of one instance, as far as WhatsApp has told them. Memory holds what is not written yet, and besides it the groups
 * of late, by the number of their members.
 */
export class Groups {
  readonly #database: Database;
  readonly #instanceId: number;
  /** null for one that is not known. */
  readonly #recent = new Recent<Group | null>(entriesMax, (group) => 1 + (group?.members.size ?? 0));

  constructor(database: Database, instanceId: number) {
    this.#database = database;
    this.#instanceId = instanceId;
  }

  /** How many members are in memory, and one for each group. */
  get entriesInMemory(): number {
    return this.#recent.size;
  }

  /** By wire jid; undefined when its members are not known. */
  async find(jid: string): Promise<Group | undefined> {
    return (await this.#load(jid)) ?? undefined;
  }

  /**
   * Takes a change in and returns what to write; call `written` when that is on disk. A change of a group that is not known says
   * too little, and is none.
   */
  async apply(change: GroupChange): Promise<Statement[]> {
    this.#recent.hold(change.group);
    const before = await this.#load(change.group);
    const after = groupAfter(before, change);
    if (after === before) return [];
    this.#recent.put(change.group, after);
    return this.#write(change.group, before, after);
  }

  /** These changes are on disk, or were none. */
  written(changes: readonly GroupChange[]): void {
    this.#recent.written(changes.map(({ group }) => group));
  }

  /** The wire jids of all groups that are known. */
  async jids(): Promise<string[]> {
    const rows = await this.#database.all<{ jid: string }>(
      sql`select jid from groups where instance_id = ${this.#instanceId} order by jid`,
    );
    return rows.map(({ jid }) => jid);
  }

  /** Forgets what is in memory: it may hold what was never written. */
  forget(): void {
    this.#recent.clear();
  }

  async #load(jid: string): Promise<Group | null> {
    const recent = this.#recent.get(jid);
    if (recent !== undefined) return recent;
    const [group, members] = await Promise.all([
      this.#database.first<{ subject: string }>(
        sql`select subject from groups where instance_id = ${this.#instanceId} and jid = ${jid}`,
      ),
      this.#database.all<{ member: string; role: GroupMember['role'] }>(
        sql`select member, role from group_members
          where instance_id = ${this.#instanceId} and group_jid = ${jid} order by member`,
      ),
    ]);
    // What was told while we read is newer than what we read.
    const told = this.#recent.get(jid);
    if (told !== undefined) return told;
    const roles = new Map(members.map(({ member, role }) => [member, role]));
    const loaded = group === undefined ? null : { subject: group.subject, members: roles };
    this.#recent.put(jid, loaded);
    return loaded;
  }

  #write(jid: string, before: Group | null, after: Group | null): Statement[] {
    const id = this.#instanceId;
    if (after === null) {
      return [
        sql`delete from groups where instance_id = ${id} and jid = ${jid}`,
        sql`delete from group_members where instance_id = ${id} and group_jid = ${jid}`,
      ];
    }
    const known = before?.members ?? new Map<string, string>();
    const gone = [...known.keys()].filter((member) => !after.members.has(member));
    const changed = [...after.members].filter(([member, role]) => known.get(member) !== role);
    return [
      ...(before?.subject === after.subject
        ? []
        : [
            sql`insert into groups (instance_id, jid, subject) values (${id}, ${jid}, ${after.subject})
              on conflict (instance_id, jid) do update set subject = excluded.subject`,
          ]),
      ...inParts(gone, rowsPerStatement).map(
        (members) => sql`delete from group_members
          where instance_id = ${id} and group_jid = ${jid} and member in (${join(members)})`,
      ),
      ...inParts(changed, rowsPerStatement).map((members) => {
        const rows = members.map(([member, role]) => sql`(${id}, ${jid}, ${member}, ${role})`);
        return sql`insert into group_members (instance_id, group_jid, member, role) values ${join(rows)}
          on conflict (instance_id, group_jid, member) do update set role = excluded.role`;
      }),
    ];
  }
}

function groupAfter(before: Group | null, change: GroupChange): Group | null {
  if (change.is === 'gone') return null;
  if (change.is === 'known') return { subject: toStorable(change.subject), members: rolesOf(change.members) };
  if (before === null) return null;
  switch (change.is) {
    case 'subject':
      // Others choose the subject.
      return { ...before, subject: toStorable(change.subject) };
    case 'members':
      return { ...before, members: new Map([...before.members, ...rolesOf(change.members)]) };
    case 'left': {
      const left = new Set(change.members);
      return { ...before, members: new Map([...before.members].filter(([member]) => !left.has(member))) };
    }
  }
}

function rolesOf(members: readonly GroupMember[]): Map<string, GroupMember['role']> {
  return new Map(members.map(({ jid, role }) => [jid, role]));
}

const rowsPerStatement = 200;

/** Eight of the largest groups, or hundreds of small ones: about a megabyte for each instance. */
const entriesMax = 8 * 1025;
