import type { Database } from '../database.ts';
import { openDatabase } from '../open-database.ts';
import { sql } from '../sql.ts';

// A process for tests to kill: it writes units of two rows, 50 at a time, and says the number of each one that is
// stored. Or it says why it cannot, and ends.

const [path = '', first = '1'] = process.argv.slice(2);
try {
  const database = await openDatabase(path);
  let next = Number(first);
  await Promise.all(Array.from({ length: 50 }, () => commitForEver(database, () => next++)));
} catch (error) {
  process.stdout.write(`${String(error)}\n`);
}

async function commitForEver(database: Database, nextNumber: () => number): Promise<never> {
  for (;;) {
    const number = nextNumber();
    await database.commit([
      sql`insert into events (id, instance_id, name, body, recorded_at)
          values (${`evt_${number}`}, 1, 'message', ${new Uint8Array(1_700)}, ${number})`,
      sql`insert into deliveries (instance_id, webhook_id, lane, event_id, state, attempts, created_at)
          values (1, 1, 1, ${`evt_${number}`}, 'pending', 0, ${number})`,
    ]);
    process.stdout.write(`${number}\n`);
  }
}
