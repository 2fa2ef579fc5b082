import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabases } from '../database/testing/databases.ts';
import { rowsOf } from '../database/testing/units-of.ts';
import {
  failPending,
  findOutgoing,
  forgetOldOutgoing,
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

  test(`${name}: what was sent or failed goes when that is long ago; what is on its way stays`, async () => {
    const database = await open();
    await database.commit([
      ...['sent', 'failed', 'late', 'pending'].map((id) => insertOutgoing(1, message(id), null)),
      settleOutgoing(1, 'sent', 'sent', null, 99),
      settleOutgoing(1, 'failed', 'failed', '479', 99),
      settleOutgoing(1, 'late', 'sent', null, 100),
    ]);
    assert.equal(await rowsOf(forgetOldOutgoing(database, { before: 100, now: 1000 })), 2);
    assert.equal(await findOutgoing(database, 1, 'sent'), undefined);
    assert.equal(await findOutgoing(database, 1, 'failed'), undefined);
    assert.equal((await findOutgoing(database, 1, 'late'))?.state, 'sent');
    assert.equal((await pendingOutgoing(database, 1)).length, 1);
  });
}

function message(id: string) {
  return { id, to: '4917@s.whatsapp.net', content: Buffer.from('x'), createdAt: 1 };
}
