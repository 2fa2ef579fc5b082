import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError } from './database.ts';
import { commitBatch, type PostgresSession } from './postgres-batch.ts';
import { sql } from './sql.ts';

/** A server that answers each transaction with the next of `answers`: an SQLSTATE, or success. */
function serverThatSays(answers: string[]): PostgresSession & { transactions: number } {
  const server: PostgresSession & { transactions: number } = {
    transactions: 0,
    transaction(work) {
      const answer = answers[server.transactions++] ?? 'ok';
      const run = async () => {
        if (answer !== 'ok')
          throw Object.assign(new Error(`SQLSTATE ${answer}`), { code: answer, severity: 'ERROR' });
        return [[]];
      };
      return work({ run, savepoint: (work) => work() });
    },
  };
  return server;
}

const unit = [sql`select 1`];

test('a transaction that the server ends in favour of another one is repeated', async () => {
  const server = serverThatSays(['40001', '40P01', 'ok']);
  assert.deepEqual(await commitBatch(server, [unit]), [[[]]]);
  assert.equal(server.transactions, 3);
});

test('a batch that meets conflicts without end fails as a whole', async () => {
  await assert.rejects(commitBatch(serverThatSays(Array(100).fill('40001')), [unit]), /40001/);
});

test('a unit alone in its batch is not repeated when it is at fault', async () => {
  const server = serverThatSays(['23505']);
  const [result] = await commitBatch(server, [unit]);
  assert.ok(result instanceof DataError);
  assert.equal(server.transactions, 1);
});

test('a full disk or a lost connection is never blamed on a unit', async () => {
  for (const state of ['53100', '57P01', '08006', 'XX001'])
    await assert.rejects(commitBatch(serverThatSays([state]), [unit, unit]), new RegExp(state));
});
