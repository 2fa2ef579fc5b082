import type { Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';

/** Whether deliveries of a webhook wait for their end, live ones or repeated ones. */
export async function hasWaiting(db: Database, webhookId: number): Promise<boolean> {
  const row = await db.first(
    sql`select id from deliveries where state = 'pending' and webhook_id = ${webhookId} limit 1`,
  );
  return row !== undefined;
}
