import { DatabaseSync } from 'node:sqlite';
import { isMainThread } from 'node:worker_threads';

// Loaded before the program (--import), in its threads as well: makes each commit of SQLite's thread wait, in that
// thread, as on a disk whose sync takes so long.

const delayMs = Number(process.env['EAZEWA_BENCH_SYNC_MS']);
const never = new Int32Array(new SharedArrayBuffer(4));

if (!isMainThread) {
  const prepare = DatabaseSync.prototype.prepare;
  DatabaseSync.prototype.prepare = function (text, ...rest) {
    const statement = prepare.call(this, text, ...rest);
    if (text !== 'commit') return statement;
    const all = statement.all.bind(statement);
    statement.all = () => {
      Atomics.wait(never, 0, 0, delayMs);
      return all();
    };
    return statement;
  };
}
