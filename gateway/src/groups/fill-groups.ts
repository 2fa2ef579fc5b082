import type { Database } from '../database/database.ts';
import type { Statement } from '../database/sql.ts';
import type { Groups, KnownGroup } from './group-store.ts';

/**
 * Takes in all groups that the number is a member of. `before` are those that were known when WhatsApp was asked: what is
 * not among the answer any more is forgotten. Only differences are written.
 */
export async function fillGroups(
  database: Database,
  groups: Groups,
  before: readonly string[],
  all: readonly KnownGroup[],
): Promise<void> {
  const present = new Set(all.map(({ group }) => group));
  const changes = [
    ...all.map((known) => ({ is: 'known' as const, ...known })),
    ...before.filter((jid) => !present.has(jid)).map((group) => ({ is: 'gone' as const, group })),
  ];
  for (const change of changes) {
    // Staged in the tick in which it is taken in: what a notification says meanwhile comes after it.
    const statements: Statement[] = await groups.apply(change);
    if (statements.length > 0) await database.commit(statements);
    groups.written([change]);
  }
}
