import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsPerUnit } from '../database/old-rows.ts';
import { sql } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { endRow, insertRow } from './inbox-rows.ts';
import { retryAllParked, retryParked } from './retry-parked.ts';
import { anna, ben, sealedText, startDraining, text, textRow } from './testing/draining.ts';

for (const { name, open } of testDatabases()) {
  test(`${name}: a row that could not be read is told after all, once, when it can be read`, async () => {
    const draining = await startDraining(await open());
    const { database, drain, put, toldUntil, rows } = draining;
    const damaged = Buffer.alloc(60, 1);
    await put({ ...textRow(1, anna, 'late'), plaintext: damaged }, textRow(2, anna, 'told'), {
      ...textRow(3, ben, 'still'),
      plaintext: damaged,
    });
    await toldUntil('message told');
    await drain.whenIdle();
    const before = await rows();
    assert.match(before[1] ?? '', /^parked: /);
    // Nothing is better yet: it is parked again, with the reason.
    await retryParked(database, 1, 1);
    drain.lookAgain();
    await drain.whenIdle();
    assert.deepEqual(await rows(), before);

    await database.commit([sql`update inbox set plaintext = ${sealedText('late')} where seq = 1`]);
    assert.equal(await retryAllParked(database, 1), 2);
    drain.lookAgain();
    assert.deepEqual(await toldUntil('message late'), text('told', 'late'));
    const after = await rows();
    assert.deepEqual([after[1], after[2]], ['done', 'done']);
    assert.match(after[3] ?? '', /^parked: /);
  });

  test(`${name}: more parked rows than one unit may change are tried again, each once`, async () => {
    const database = await open();
    const count = rowsPerUnit + 3;
    await database.commit(
      Array.from({ length: count }, (_, index) => index + 1).flatMap((seq) => [
        insertRow(1, textRow(seq, anna, 'x')),
        endRow(1, seq, 'parked', 'poison'),
      ]),
    );
    assert.equal(await retryAllParked(database, 1), count);
    assert.equal(await retryAllParked(database, 1), 0);
  });
}
