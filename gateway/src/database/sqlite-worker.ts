import { parentPort, workerData } from 'node:worker_threads';
import { SqliteConnection } from './sqlite-connection.ts';
import { isDataFault, isWriteInRead, messageOf, troubleOf } from './sqlite-faults.ts';
import type { Reply, Request } from './sqlite-messages.ts';

// The thread that owns the SQLite file. It answers requests in their order. When the store fails it says so and ends;
// the next commit starts another thread, with a fresh connection.

/** After this pause without a commit the log is copied into the database. */
const idleMs = 250;

let connection: SqliteConnection | undefined;
let lastCommitMs = 0;
let idleTimer: NodeJS.Timeout | undefined;

parentPort?.on('message', (request: Request) => answer(() => perform(request)));
answer(() => {
  const { path }: { path: string } = workerData;
  connection = new SqliteConnection(path);
  return { kind: 'done' };
});

function answer(work: () => Reply): void {
  let reply: Reply;
  try {
    reply = work();
  } catch (error) {
    reply = { kind: 'store-failure', message: troubleOf(error) };
  }
  parentPort?.postMessage(
    reply,
    reply.kind === 'done' && reply.results ? [reply.results.values.bytes.buffer] : [],
  );
  if (reply.kind === 'store-failure') end();
}

function perform(request: Request): Reply {
  if (!connection) throw new Error('The database is closed.');
  switch (request.kind) {
    case 'commit': {
      const results = connection.commit(request.packed);
      lastCommitMs = performance.now();
      idleTimer ??= setTimeout(checkpointWhenIdle, idleMs);
      return { kind: 'done', results };
    }
    case 'read':
      try {
        return { kind: 'done', results: connection.read(request.packed) };
      } catch (error) {
        if (!isDataFault(error) && !isWriteInRead(error)) throw error;
        return { kind: 'data-error', message: messageOf(error) };
      }
    case 'close':
      end();
      return { kind: 'done' };
    default:
      return request satisfies never;
  }
}

/** Copying costs two syncs, so it waits for a moment in which nobody waits for it. */
function checkpointWhenIdle(): void {
  idleTimer = undefined;
  const leftMs = lastCommitMs + idleMs - performance.now();
  if (leftMs > 1) idleTimer = setTimeout(checkpointWhenIdle, leftMs);
  else if (connection) connection.checkpoint();
}

function end(): void {
  clearTimeout(idleTimer);
  const closing = connection;
  connection = undefined;
  parentPort?.close();
  try {
    closing?.close();
  } catch {
    // It has failed before, or what is left of its log is read at the next start.
  }
}
