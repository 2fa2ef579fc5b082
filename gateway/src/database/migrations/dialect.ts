/** The few words of a table's definition in which the databases differ. */
export interface Dialect {
  /** A primary key that counts up and never gives a number twice. */
  readonly identity: string;
  readonly integer: string;
  readonly bytes: string;
}

export const sqliteDialect: Dialect = {
  identity: 'integer primary key autoincrement',
  integer: 'integer',
  bytes: 'blob',
};

export const postgresDialect: Dialect = {
  identity: 'bigint generated always as identity primary key',
  integer: 'bigint',
  bytes: 'bytea',
};
