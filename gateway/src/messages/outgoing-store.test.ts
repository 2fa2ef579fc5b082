import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabases } from '../database/testing/databases.ts';
import {
  failPending,
  findOutgoing,
  insertOutgoing,
  pendingOutgoing,
  settleOutgoing,
} from './outgoing-store.ts';

for (const { name, open } of testDatabases()) {
  test(`${name}: what was on its way when the number was unlinked has failed, and nothing else has`, async () => {
    const database = await open();
    await database.commit([
      insertOutgoing(1, message('sent'), null),
      settleOutgoing(1, 'sent', 'sent', null, 2),
      insertOutgoing(1, message('waiting'), null),
      insertOutgoing(2, message('of another'), null),
    ]);
    await database.commit([failPending(1, 'unlinked', 3)]);
    assert.deepEqual(await pendingOutgoing(database, 1), []);
    assert.equal((await findOutgoing(database, 1, 'waiting'))?.error, 'unlinked');
    assert.equal((await findOutgoing(database, 1, 'sent'))?.state, 'sent');
    assert.equal((await pendingOutgoing(database, 2)).length, 1);
    await database.close();
  });
}

function message(id: string) {
  return { id, to: '4917@s.whatsapp.net', content: Buffer.from('x'), createdAt: 1 };
}
