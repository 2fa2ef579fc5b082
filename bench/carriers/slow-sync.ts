import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { isMainThread } from 'node:worker_threads';

// Loaded before the program (--import), in its threads as well: makes each commit of SQLite's thread wait, in that
// thread, as on a disk whose sync takes so long.

const delayMs = Number(process.env['EAZEWA_BENCH_SYNC_MS']);
const never = new Int32Array(new SharedArrayBuffer(4));

if (!isMainThread) {
  const own = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, 'prepare');
  const prepare = own?.value as (this: DatabaseSync, text: string) => StatementSync;
  DatabaseSync.prototype.prepare = function (text) {
    const statement = prepare.call(this, text);
    if (text !== 'commit') return statement;
    const all = statement.all.bind(statement);
    statement.all = () => {
      Atomics.wait(never, 0, 0, delayMs);
      return all();
    };
    return statement;
  };
}
