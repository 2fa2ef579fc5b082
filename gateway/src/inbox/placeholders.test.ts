import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { unitsOf } from '../database/testing/units-of.ts';
import { forgetOldGaps, insertGap, listGaps, openGaps, recoverMessages } from './gaps.ts';
import { insertRow } from './inbox-rows.ts';
import {
  countAsked,
  forgetOldPlaceholders,
  giveUpPlaceholders,
  listPlaceholders,
  putPlaceholder,
  resolvePlaceholder,
  waitingPlaceholders,
} from './placeholders.ts';
import { anna, row } from './testing/draining.ts';

for (const { name, open } of testDatabases()) {
  test(`${name}: a message that comes again without its content is one placeholder, under its last row`, async () => {
    const database = await open();
    await database.commit([
      ...[1, 2].map((seq) => insertRow(1, row(seq, 'message', { state: 'parked' }))),
      ...missing('A', 1),
    ]);
    await database.commit(missing('A', 2));
    assert.deepEqual(await rows(database), ['1 done came again as 2', '2 parked null']);
    const [placeholder, ...others] = await listPlaceholders(database, 1, 10);
    assert.deepEqual([placeholder?.seq, placeholder?.state, others.length], [2, 'waiting', 0]);
    await database.commit(resolvePlaceholder(1, keyOf('A'), 5000));
    assert.deepEqual(await rows(database), ['1 done came again as 2', '2 done its content came after all']);
    assert.deepEqual(await listPlaceholders(database, 1, 10), []);
  });

  test(`${name}: the phone is asked so often and so long, then a message is lost`, async () => {
    const database = await open();
    await database.commit([
      ...missing('OLD', 1, 1000),
      ...missing('ASKED', 2, 9000),
      ...missing('NEW', 3, 9000),
    ]);
    await database.commit([countAsked(1, keyOf('ASKED')), countAsked(1, keyOf('ASKED'))]);
    const waiting = await waitingPlaceholders(database, 1, 2, 10);
    assert.deepEqual(
      waiting.map(({ messageId }) => messageId),
      ['OLD', 'NEW'],
    );
    const lost = await giveUpPlaceholders(database, 1, { askedMax: 2, before: 2000, nowMs: 9500 });
    assert.deepEqual(lost.map(({ messageId }) => messageId).toSorted(), ['ASKED', 'OLD']);
    assert.deepEqual(await unitsOf(forgetOldPlaceholders(database, { before: 9400, now: 9500 })), [2]);
    const left = await listPlaceholders(database, 1, 10);
    assert.deepEqual(
      left.map(({ messageId }) => messageId),
      ['NEW'],
    );
  });

  test(`${name}: what is found closes the oldest gap of messages, and old gaps are forgotten`, async () => {
    const database = await open();
    await database.commit([
      insertGap(1, { kind: 'receipt', announced: 9, received: 1, detectedAt: 1000 }),
      insertGap(1, { kind: 'message', announced: 3, received: 1, detectedAt: 2000 }),
      insertGap(1, { kind: 'message', announced: 2, received: 1, detectedAt: 3000 }),
    ]);
    await database.commit(recoverMessages(1, 1, 4000));
    assert.equal((await openGaps(database, 1, 3)).length, 2);
    await database.commit(recoverMessages(1, 1, 5000));
    assert.deepEqual(
      (await listGaps(database, 1, 10)).map(({ detectedAt, recovered, state, closedAt }) => [
        detectedAt,
        recovered,
        state,
        closedAt,
      ]),
      [
        [3000, 0, 'open', null],
        [2000, 2, 'closed', 5000],
        [1000, 0, 'open', null],
      ],
    );
    assert.deepEqual(await unitsOf(forgetOldGaps(database, { before: 2500, now: 9000 })), [2]);
  });
}

function missing(messageId: string, seq: number, receivedAt = 1000) {
  const reason = 'undecryptable: Bad MAC';
  return putPlaceholder(1, {
    ...keyOf(messageId),
    seq,
    chat: anna.lid,
    sender: anna.lid,
    reason,
    receivedAt,
  });
}

function keyOf(messageId: string) {
  return { chatId: 1, messageId, fromMe: false };
}

async function rows(database: Database): Promise<string[]> {
  const found = await database.all(sql`select seq, state, note from inbox order by seq`);
  return found.map(({ seq, state, note }) => `${String(seq)} ${String(state)} ${String(note)}`);
}
