import { initAuthCreds, type AuthenticationCreds } from 'baileys';
import type { Database } from '../database/database.ts';
import { sql, type Statement } from '../database/sql.ts';
import type { Vault } from '../vault.ts';
import { decodeValue, encodeValue, upsertKey } from './key-store.ts';

/** The credentials of an instance, fresh ones when it was never linked. */
export async function loadCreds(
  database: Database,
  vault: Vault,
  instanceId: number,
): Promise<AuthenticationCreds> {
  const row = await database.first<{ value: Uint8Array }>(
    sql`select value from auth_keys where instance_id = ${instanceId} and kind = 'creds' and id = ''`,
  );
  if (row === undefined) return initAuthCreds();
  const creds = decodeValue('creds', vault.open(row.value)) as AuthenticationCreds;
  // Asking for a pairing code names an account before it is linked; without the account's signature it never was.
  return creds.account === undefined ? initAuthCreds() : creds;
}

export function saveCreds(vault: Vault, instanceId: number, creds: AuthenticationCreds): Statement {
  return upsertKey(instanceId, 'creds', '', vault.seal(encodeValue('creds', creds)));
}

/** Forgets the login and all Signal state; messages and events stay. */
export function forgetCreds(instanceId: number): Statement {
  return sql`delete from auth_keys where instance_id = ${instanceId}`;
}
