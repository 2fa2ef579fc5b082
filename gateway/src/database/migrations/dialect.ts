/** The few words of a table's definition in which the databases differ. */
export interface Dialect {
  /** A primary key that counts up and never gives a number twice. */
  readonly identity: string;
  readonly integer: string;
  readonly bytes: string;
  /** What is said of tables whose rows change soon after they were written. */
  readonly hotTables: (names: readonly string[]) => string[];
}

export const sqliteDialect: Dialect = {
  identity: 'integer primary key autoincrement',
  integer: 'integer',
  bytes: 'blob',
  hotTables: () => [],
};

export const postgresDialect: Dialect = {
  identity: 'bigint generated always as identity primary key',
  integer: 'bigint',
  bytes: 'bytea',
  // The usual fifth of a table is millions of dead rows here, and each of them makes a lane's head harder to find.
  hotTables: (names) =>
    names.map(
      (name) => `alter table ${name} set (autovacuum_vacuum_scale_factor = 0.01,
        autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)`,
    ),
};
