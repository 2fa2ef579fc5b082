import type { Database } from '../database.ts';
import { sql, type SqlValue } from '../sql.ts';

export interface Column {
  readonly name: string;
  /** It counts up by itself. */
  readonly isIdentity: boolean;
  /** A value of the column's type. */
  readonly sample: SqlValue;
}

/** The gateway's tables, without the mark of their version. */
export async function tableNames(database: Database): Promise<string[]> {
  const rows = await database.all<{ name: string }>(
    database.dialect === 'sqlite'
      ? sql`select name from sqlite_master where type = 'table' and name not like 'sqlite%' order by name`
      : sql`select table_name as name from information_schema.tables where table_schema = current_schema() order by 1`,
  );
  return rows.map(({ name }) => name).filter((name) => name !== 'schema_version');
}

export async function tableColumns(database: Database, table: string): Promise<Column[]> {
  const rows = await database.all<{ name: string; type: string }>(
    database.dialect === 'sqlite'
      ? sql`select name, type from pragma_table_info(${table}) order by cid`
      : sql`select column_name as name, data_type as type from information_schema.columns
            where table_schema = current_schema() and table_name = ${table} order by ordinal_position`,
  );
  return rows.map(({ name, type }) => ({
    name,
    isIdentity: name === 'id' && isInteger(type),
    sample: isInteger(type) ? 2 ** 40 : type.toLowerCase() === 'text' ? 'text' : Uint8Array.of(0, 255),
  }));
}

function isInteger(type: string): boolean {
  return ['integer', 'bigint'].includes(type.toLowerCase());
}
