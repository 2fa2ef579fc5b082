import type { Database } from '../database/database.ts';
import { rowsPerUnit } from '../database/old-rows.ts';
import { sql, type Statement } from '../database/sql.ts';
import { GatewayError } from '../errors.ts';
import type { InboxState } from './inbox-rows.ts';

/**
 * Hands one parked row to the drain once more. Its events come now, after later ones of its chat; what it told before it
 * was parked is not told twice.
 *
 * @throws GatewayError `not_found` when there is no such row; `invalid_request` when it is not parked, its content is gone
 *   or never came
 */
export async function retryParked(database: Database, instanceId: number, seq: number): Promise<void> {
  const [rows = []] = await database.commit([takenUp(instanceId, sql`seq = ${seq}`)]);
  if (rows.length === 0) throw await refusal(database, instanceId, seq);
}

/**
 * Hands all parked rows to the drain once more, in units; those without content stay. Resolves with how many there were.
 */
export async function retryAllParked(database: Database, instanceId: number): Promise<number> {
  let count = 0;
  for (let after = 0; ;) {
    const isNext = sql`seq in (select seq from inbox
      where instance_id = ${instanceId} and state = 'parked' and seq > ${after} order by seq limit ${rowsPerUnit})`;
    const last = await database.first<{ seq: number | null }>(
      sql`select max(seq) as seq from inbox where instance_id = ${instanceId} and state = 'parked' and ${isNext}`,
    );
    if (last === undefined || last.seq === null) return count;
    const [rows = []] = await database.commit([
      takenUp(instanceId, sql`seq > ${after} and seq <= ${last.seq}`),
    ]);
    count += rows.length;
    after = last.seq;
  }
}

/** A message whose ciphertexts were never decrypted goes on without content, as it did before. */
function takenUp(instanceId: number, which: Statement): Statement {
  return sql`update inbox set
      state = case when hash is not null and plaintext is null then 'undecryptable' else 'decided' end,
      note = case when hash is not null and plaintext is null then note else null end
    where instance_id = ${instanceId} and state = 'parked' and ${which}
      and (stanza is not null or plaintext is not null)
      and not exists (select 1 from placeholders p
        where p.instance_id = inbox.instance_id and p.seq = inbox.seq and p.state <> 'resolved')
    returning seq`;
}

async function refusal(database: Database, instanceId: number, seq: number): Promise<GatewayError> {
  const row = await database.first<{ state: InboxState; has_content: number }>(
    sql`select state, case when stanza is null and plaintext is null then 0 else 1 end as has_content
      from inbox where instance_id = ${instanceId} and seq = ${seq}`,
  );
  if (row === undefined) {
    return new GatewayError(
      'not_found',
      `There is no row ${seq} in this inbox. GET .../inbox lists the parked ones.`,
    );
  }
  return new GatewayError('invalid_request', `The row ${seq} cannot be tried again. ${problemWith(row)}`);
}

function problemWith({ state, has_content }: { state: InboxState; has_content: number }): string {
  if (state === 'done') return 'It is done. Only a parked row can be tried again.';
  if (state !== 'parked') return 'It waits for its turn already. Only a parked row can be tried again.';
  if (has_content === 0)
    return 'It has no content: that is lost, could not be stored, or was too old and is removed.';
  return 'It is a message whose content never came: the sender and the own phone are asked for it by themselves.';
}
