import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError, type Database, StoreFailure } from '../database/database.ts';
import { sql, type Statement } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { until } from '../testing/until.ts';
import { decideRow, insertRow } from './inbox-rows.ts';
import { listPlaceholders } from './placeholders.ts';
import { retryParked } from './retry-parked.ts';
import {
  ackRow,
  anna,
  ben,
  historyRow,
  lifecycleRow,
  pastRow,
  receiptRow,
  row,
  sealedText,
  startDraining,
  text,
  textRow,
  vault,
} from './testing/draining.ts';

const databases = testDatabases();
const [sqlite = assert.fail('there is no SQLite')] = databases;

for (const { name, open } of databases) {
  test(`${name}: rows become events in the order of the wire`, async () => {
    const { put, toldUntil, rows } = await startDraining(await open());
    await put(
      lifecycleRow(1, { is: 'ready' }),
      textRow(2, anna, 'a1'),
      textRow(3, ben, 'b1'),
      textRow(4, anna, 'a2'),
      lifecycleRow(5, { is: 'change_state', state: 'OPENING' }),
      textRow(6, ben, 'b2'),
    );
    assert.deepEqual(await toldUntil('message b2'), [
      'ready',
      ...text('a1', 'b1', 'a2'),
      'change_state OPENING',
      ...text('b2'),
    ]);
    // Only messages can come again under the hash of their row.
    assert.deepEqual(await rows(), { 2: 'done', 3: 'done', 4: 'done', 6: 'done' });
  });

  test(`${name}: a message that is not decrypted yet holds the later rows of its chat, and nothing else`, async () => {
    const { put, toldUntil, database, drain } = await startDraining(await open());
    await put(
      textRow(1, anna, 'a1'),
      textRow(2, anna, 'a2', { state: 'undecided' }),
      textRow(3, anna, 'a3'),
      lifecycleRow(4, { is: 'ready' }),
      textRow(5, ben, 'b1'),
    );
    assert.deepEqual(await toldUntil('message b1'), [...text('a1'), 'ready', ...text('b1')]);
    await database.commit([decideRow(1, 2, 'decided', sealedText('a2'))]);
    drain.kick();
    await put(textRow(6, ben, 'b2'));
    const all = await toldUntil('message b2');
    assert.deepEqual(all.slice(5), [...text('a2', 'a3', 'b2')]);
  });

  test(`${name}: what speaks of an unknown message holds its chat until the offline messages have come`, async () => {
    const { put, toldUntil, told, drain } = await startDraining(await open());
    await put(receiptRow(1, anna, '3EB0UNKNOWN'), textRow(2, anna, 'a1'), textRow(3, ben, 'b1'));
    assert.deepEqual(await toldUntil('message b1'), text('b1'));
    assert.deepEqual(await told(), text('b1'));
    drain.offlineSync(true);
    assert.deepEqual((await toldUntil('message a1')).slice(2), ['message_ack 3EB0UNKNOWN 2', ...text('a1')]);
  });

  test(`${name}: a message stays one when the two names of its chat turn out to be one`, async () => {
    const database = await open();
    const before = await startDraining(database);
    await before.put(
      textRow(1, { ...anna, lid: anna.phone }, 'p1'),
      textRow(2, { ...anna, phone: anna.lid }, 'l1'),
      textRow(3, { ...anna, phone: anna.lid }, 'l2', { state: 'undecryptable' }),
      textRow(4, { ...anna, phone: anna.lid }, 'l3'),
    );
    await before.toldUntil('message l3');
    const { put, drain, messages, toldUntil } = await before.restart();
    const edit = { key: { id: 'l1' }, type: 14, editedMessage: { conversation: 'l1, edited' } };
    await put(
      textRow(5, anna, 'both'),
      textRow(6, anna, 'l2'),
      pastRow(7, anna, 'e1', { protocolMessage: edit }),
    );
    await toldUntil('message l2');
    await drain.whenIdle();
    const rows = await database.all<{ id: string; chat_id: number }>(
      sql`select id, chat_id from messages order by chat_id, id`,
    );
    assert.deepEqual(
      rows.map(({ id, chat_id }) => `${chat_id} ${id}`),
      ['1 both', '1 p1', '2 l1', '2 l2', '2 l3'],
    );
    assert.equal((await messages.find('l1', false))?.data.body, 'l1, edited');
    assert.deepEqual(await listPlaceholders(database, 1, 10), []);
  });

  test(`${name}: what is from before the linking is stored after all that is news, and told to nobody`, async () => {
    const store = await open();
    const order: string[] = [];
    const database: Database = {
      ...store,
      commit(unit) {
        if (unit.some(({ parts }) => parts.join('').includes('insert into events'))) order.push('event');
        else if (unit.some(({ parts }) => parts.join('').includes('delete from inbox'))) order.push('past');
        return store.commit(unit);
      },
    };
    const { put, drain, told, rows, messages } = await startDraining(database);
    await put(pastRow(1, anna, 'p1'), pastRow(2, anna, 'p2'), textRow(3, anna, 'a1'), pastRow(4, ben, 'p3'));
    await drain.whenIdle();
    assert.deepEqual(order, ['event', 'past', 'past', 'past']);
    assert.deepEqual(await told(), text('a1'));
    assert.deepEqual(await rows(), { 3: 'done' });
    const stored = await Promise.all(['p1', 'p2', 'p3'].map((id) => messages.find(id, false)));
    assert.deepEqual(
      stored.map((message) => [message?.data.body, message?.data._data.isMdHistoryMsg]),
      ['p1', 'p2', 'p3'].map((id) => [id, true]),
    );
    // The same again, and one that is known as news by now: nothing changes.
    await put(pastRow(5, anna, 'p1'), pastRow(6, anna, 'a1'));
    await drain.whenIdle();
    assert.equal((await messages.find('a1', false))?.data._data.isNewMsg, true);
  });

  test(`${name}: a row of the past speaks of messages of the rows before it`, async () => {
    const { put, drain, messages, told } = await startDraining(await open());
    const reaction = {
      reactionMessage: { key: { id: 'p2' }, text: '+1', senderTimestampMs: 1_600_000_001_000 },
    };
    const edit = { key: { id: 'p1' }, type: 14, editedMessage: { conversation: 'p1, edited' } };
    drain.offlineSync(true);
    await put(
      ...Array.from({ length: 6 }, (_, index) => pastRow(index + 1, anna, `p${index + 1}`)),
      pastRow(7, anna, 'r1', reaction),
      pastRow(8, anna, 'e1', { protocolMessage: edit }),
      pastRow(9, anna, 'p9'),
      pastRow(10, anna, 'e2', {
        protocolMessage: { ...edit, key: { id: 'p9' }, editedMessage: { conversation: 'p9, edited' } },
      }),
    );
    await drain.whenIdle();
    const bodies = ['p1', 'p2', 'p9'].map(async (id) => (await messages.find(id, false))?.data.body);
    assert.deepEqual(await Promise.all(bodies), ['p1, edited', 'p2', 'p9, edited']);
    assert.deepEqual(await told(), []);
  });

  test(`${name}: poison is parked with the reason, and the rows after it go on`, async () => {
    const { put, toldUntil, rows } = await startDraining(await open());
    const good = textRow(90, anna, 'x');
    const bytes = Buffer.from(good.stanza ?? []);
    await put(
      textRow(1, anna, 'a1'),
      { ...good, seq: 2, stanza: Buffer.alloc(40, 255) },
      { ...good, seq: 3, stanza: bytes.subarray(0, bytes.length - 9) },
      { ...good, seq: 4, stanza: null },
      { ...good, seq: 5, plaintext: Buffer.alloc(60, 1) },
      { ...good, seq: 6, plaintext: vault.seal(Buffer.from([0, 0, 0, 9, 1])) },
      { ...good, seq: 7, plaintext: vault.seal(Buffer.from([0, 0, 0, 3, 255, 255, 1])) },
      { ...good, seq: 8, plaintext: null },
      row(9, 'lifecycle', { stanza: Buffer.from('{') }),
      row(10, 'stanza', { stanza: Buffer.alloc(0) }),
      textRow(11, anna, 'a2'),
      textRow(12, ben, 'b1'),
    );
    assert.deepEqual(await toldUntil('message b1'), text('a1', 'a2', 'b1'));
    const ends = await rows();
    for (const seq of [2, 3, 4, 5, 6, 7, 8, 9, 10])
      assert.match(ends[seq] ?? '', /^parked: .+/, `row ${seq}`);
    assert.deepEqual([ends[1], ends[11], ends[12]], ['done', 'done', 'done']);
  });

  test(`${name}: a message that comes three times is one event, in one page and over a restart`, async () => {
    const draining = await startDraining(await open());
    await draining.put(textRow(1, anna, 'once'), textRow(2, anna, 'once'), textRow(3, anna, 'after'));
    await draining.toldUntil('message after');
    const next = await draining.restart();
    await next.put(textRow(4, anna, 'once'), textRow(5, anna, 'last'));
    assert.deepEqual(await next.toldUntil('message last'), text('once', 'after', 'last'));
    assert.match((await next.rows())[4] ?? '', /^done: repeated/);
  });

  test(`${name}: a process that starts goes on from every state of a row`, async () => {
    const draining = await startDraining(await open());
    const { database } = draining;
    await draining.put(textRow(1, anna, 'done-before'));
    await draining.toldUntil('message done-before');
    await draining.drain.stop();
    await database.commit([
      insertRow(1, textRow(2, ben, 'decided')),
      insertRow(1, textRow(3, anna, 'undecided', { state: 'undecided' })),
      insertRow(1, textRow(4, anna, 'behind')),
      insertRow(1, { ...textRow(5, ben, 'parked'), state: 'parked' }),
      insertRow(1, receiptRow(6, ben, '3EB0LATER')),
      insertRow(1, lifecycleRow(7, { is: 'ready' })),
    ]);
    const next = await draining.restart();
    assert.deepEqual(await next.toldUntil('ready'), [...text('done-before', 'decided'), 'ready']);
    next.drain.offlineSync(true);
    const toldAtOnce = [...text('done-before', 'decided'), 'ready', 'message_ack 3EB0LATER 2'];
    assert.deepEqual(await next.toldUntil('message_ack 3EB0LATER 2'), toldAtOnce);
    await database.commit([decideRow(1, 3, 'decided', sealedText('undecided'))]);
    next.drain.kick();
    assert.deepEqual(await next.toldUntil('message behind'), [...toldAtOnce, ...text('undecided', 'behind')]);
    assert.equal((await next.rows())[5], 'parked');
  });

  test(`${name}: the ids of events grow in the order of the commits, also when the clock goes back`, async () => {
    const draining = await startDraining(await open());
    const { clock, put, toldUntil, database, wakeUps } = draining;
    for (const [round, stepMs] of [1000, 0, -5000, 3, -1].entries()) {
      clock.advance(stepMs);
      const rows = Array.from({ length: 40 }, (_, place) =>
        textRow(round * 40 + place + 1, place % 3 === 0 ? ben : anna, `${round}-${place}`),
      );
      await put(...rows);
      await toldUntil(`message ${round}-39`);
    }
    // Deliveries are numbered by the store, as it takes them.
    const told = await database.all<{ event_id: string }>(sql`select event_id from deliveries order by id`);
    const ids = told.map(({ event_id }) => event_id);
    assert.equal(new Set(ids).size, 400);
    assert.deepEqual(ids, ids.toSorted());
    assert.deepEqual(new Set(wakeUps), new Set([1]));
  });

  test(`${name}: the server's ack makes a message of ours an event, and settles it`, async () => {
    const { put, toldUntil, answers, database } = await startDraining(await open());
    for (const id of ['3EB0GOOD', '3EB0BAD']) await database.commit([outgoing(id)]);
    await put(ackRow(1, anna, '3EB0GOOD'), ackRow(2, anna, '3EB0BAD', '479'), ackRow(3, anna, '3EB0GOOD'));
    await put(ackRow(4, anna, '3EB0STRANGE'), textRow(5, anna, 'last'));
    const [, first, , second, ...rest] = await toldUntil('message last');
    assert.deepEqual([first, second], ['message_ack 3EB0GOOD 1', 'message_ack 3EB0BAD -1']);
    assert.deepEqual(rest, text('last'));
    assert.deepEqual(
      answers.map(({ messageId, message, error }) => [messageId, message?.ack ?? null, error]),
      [
        ['3EB0GOOD', 1, null],
        ['3EB0BAD', -1, '479'],
        ['3EB0GOOD', null, null],
        ['3EB0STRANGE', null, null],
      ],
    );
    const states = await database.all(sql`select message_id, state, error from outgoing order by message_id`);
    assert.deepEqual(
      states.map((row) => ({ ...row })),
      [
        { message_id: '3EB0BAD', state: 'failed', error: '479' },
        { message_id: '3EB0GOOD', state: 'sent', error: null },
      ],
    );
  });
}

/** What a failed commit may have done. */
for (const [name, isDone] of [
  ['nothing is written', false],
  ['it was written all the same', true],
] as const) {
  test(`each message is told exactly once when commits fail in the middle and ${name}`, async () => {
    const store = failingCommits(await sqlite.open(), isDone);
    const { put, toldUntil, clock, rows } = await startDraining(store.database);
    const told: string[] = [];
    for (const [round, failAt] of [1, 3, 6, 2].entries()) {
      const words = Array.from({ length: 6 }, (_, index) => `round${round}-${index}`);
      store.failAt(failAt);
      await put(...words.map((word, index) => textRow(round * 6 + index + 1, index < 4 ? anna : ben, word)));
      await until(() => clock.nextInMs !== null && !store.isDown());
      clock.advance(1000);
      told.push(...text(...words));
      assert.deepEqual(await toldUntil(`message ${words[5]}`), told);
    }
    assert.deepEqual(new Set(Object.values(await rows())), new Set(['done']));
  });

  test(`who waits for events is told when commits are there again, and ${name}`, async () => {
    const store = failingCommits(await sqlite.open(), isDone);
    const { put, toldUntil, clock, wakeUps, drain } = await startDraining(store.database);
    store.failAt(1);
    await put(textRow(1, anna, 'a1'));
    await until(() => clock.nextInMs !== null && !store.isDown());
    assert.deepEqual(wakeUps, []);
    clock.advance(1000);
    await toldUntil('message a1');
    await drain.whenIdle();
    assert.ok(wakeUps.length > 0, 'nobody was told of an event that is there');
  });
}

test('a commit that ends in the store only after it has failed here is looked for before what comes next is sent', async () => {
  const database = await sqlite.open();
  const late: (() => Promise<unknown>)[] = [];
  let isLost = true;
  const { put, toldUntil, clock, heard } = await startDraining({
    ...database,
    async commit(unit) {
      // What the store was still doing is done, or never will be, when it takes the next unit.
      for (const end of late.splice(0)) await end();
      const isEvent = unit.some(({ parts }) => parts[0]?.startsWith('insert into events'));
      if (!isEvent || !isLost) return database.commit(unit);
      isLost = false;
      late.push(() => database.commit(unit));
      throw new StoreFailure('There was no answer in time.');
    },
  });
  await put(textRow(1, anna, 'a1'));
  await until(() => clock.nextInMs !== null);
  assert.deepEqual(heard, ['uncertain']);
  await put(textRow(2, anna, 'a2'));
  clock.advance(1000);
  await toldUntil('message a2');
  await until(() => heard.length >= 3);
  assert.deepEqual(heard.slice(0, 2), ['uncertain', 'uncertain']);
});

test('a row that the store refuses is parked with the reason, and the others go on', async () => {
  const database = await sqlite.open();
  const refusing: Database = {
    ...database,
    commit: (unit) =>
      unit.some(({ values }) => values.some((value) => value instanceof Uint8Array && holds(value, 'poison')))
        ? Promise.reject(new DataError('it does not fit'))
        : database.commit(unit),
  };
  const { drain, toldUntil, rows } = await startDraining(refusing);
  await database.commit(
    [1, 2, 3].map((seq) => insertRow(1, textRow(seq, anna, seq === 2 ? 'poison' : `m${seq}`))),
  );
  drain.kick();
  assert.deepEqual(await toldUntil('message m3'), text('m1', 'm3'));
  assert.equal((await rows())[2], 'parked: it does not fit');
});

test('what the store refused is told when it is tried again and the store takes it', async () => {
  const store = await sqlite.open();
  let isRefusing = true;
  const refusing: Database = {
    ...store,
    commit: (unit) =>
      isRefusing && unit.some(({ parts }) => parts.join('').includes('insert into events'))
        ? Promise.reject(new DataError('it does not fit'))
        : store.commit(unit),
  };
  const { drain, put, told, rows } = await startDraining(refusing);
  await put(textRow(1, anna, 'm1'));
  await drain.whenIdle();
  assert.equal((await rows())[1], 'parked: it does not fit');
  isRefusing = false;
  await retryParked(store, 1, 1);
  drain.lookAgain();
  await drain.whenIdle();
  assert.deepEqual(await told(), text('m1'));
});

test('several pages of rows keep their order, behind a chat that waits', async () => {
  const { put, toldUntil, database, drain } = await startDraining(await sqlite.open());
  const others = Array.from({ length: 250 }, (_, index) => `b${index}`);
  await put(
    textRow(1, anna, 'a0', { state: 'undecided' }),
    ...others.map((word, index) => textRow(index + 2, ben, word)),
    textRow(252, anna, 'a1'),
    textRow(253, ben, 'last'),
  );
  assert.deepEqual(await toldUntil('message last'), text(...others, 'last'));
  await database.commit([decideRow(1, 1, 'decided', sealedText('a0'))]);
  drain.kick();
  assert.deepEqual((await toldUntil('message a1')).slice(-4), text('a0', 'a1'));
});

test('one page may bring more messages than memory holds: what speaks of the first finds it', async () => {
  const { put, drain, messages } = await startDraining(await sqlite.open());
  drain.offlineSync(true);
  await drain.whenIdle();
  const parts = Array.from({ length: 24 }, (_, part) =>
    Array.from({ length: 50 }, (__, number) => `H${part * 50 + number}`),
  );
  await put(...parts.map((ids, part) => historyRow(part + 1, anna, ids)), receiptRow(25, anna, 'H0'));
  await drain.whenIdle();
  const first = await messages.find('H0', true);
  assert.deepEqual([first?.ack, first?.data.body], [2, 'H0']);
});

test('LID and phone number of a contact are one lane', async () => {
  const { put, toldUntil, deliveries } = await startDraining(await sqlite.open());
  const byPhone = { lid: anna.phone, phone: anna.lid };
  await put(textRow(1, anna, 'a1'), textRow(2, byPhone, 'a2'), textRow(3, anna, 'a3'));
  await toldUntil('message a3');
  assert.equal(new Set(deliveries.map(({ lane }) => lane)).size, 1);
  assert.deepEqual(
    deliveries.map(({ id }) => id),
    deliveries.map(({ id }) => id).toSorted((one, other) => one - other),
  );
});

test('a drain that is stopped takes no further row', async () => {
  const draining = await startDraining(await sqlite.open());
  await draining.drain.stop();
  await draining.put(textRow(1, anna, 'a1'));
  const next = await draining.restart();
  assert.deepEqual(await next.toldUntil('message a1'), text('a1'));
  await draining.drain.stop();
  assert.deepEqual(await next.told(), text('a1'));
});

function outgoing(id: string): Statement {
  const content = vault.seal(Buffer.from([10, 2, 104, 105])); // conversation: "hi"
  return sql`insert into outgoing (instance_id, message_id, chat_jid, content, state, created_at)
    values (1, ${id}, ${anna.phone}, ${content}, 'pending', 1700000000000)`;
}

/** Lets a commit of an event fail, with those that wait behind it, as the port says. */
function failingCommits(database: Database, isDone: boolean) {
  let eventsUntilFailure = 0;
  let isDown = false;
  const failing: Database = {
    ...database,
    async commit(unit) {
      const isEvent = unit.some(({ parts }) => parts[0]?.startsWith('insert into events'));
      if (isEvent && --eventsUntilFailure === 0) {
        isDown = true;
        setImmediate(() => (isDown = false));
      }
      if (!isDown) return database.commit(unit);
      if (isDone) await database.commit(unit);
      throw new StoreFailure('The connection to the store is gone, as the test wants.');
    },
  };
  return {
    database: failing,
    /** The nth commit of an event from now. */
    failAt: (nth: number) => (eventsUntilFailure = nth),
    isDown: () => isDown,
  };
}

function holds(bytes: Uint8Array, word: string): boolean {
  return Buffer.from(bytes).includes(word);
}

test('a long look at rows that wait is not repeated at once, and what came meanwhile is told after the pause', async () => {
  const database = await sqlite.open();
  let passMs = 0;
  const { put, toldUntil, told, clock, drain, offlineSync } = await startSlowly(database, () => passMs);
  await put(textRow(1, anna, 'a1', { state: 'undecided' }), textRow(2, ben, 'b1'));
  await toldUntil('message b1');
  passMs = 100;
  await put(textRow(3, ben, 'b2'));
  await toldUntil('message b2');
  await until(() => clock.nextInMs === 300);

  await put(textRow(4, ben, 'b3'));
  await database.commit([decideRow(1, 1, 'decided', sealedText('a1'))]);
  drain.kick();
  clock.advance(299);
  assert.deepEqual(await told(), text('b1', 'b2'));
  passMs = 0;
  clock.advance(1);
  assert.deepEqual(await toldUntil('message b3'), text('b1', 'b2', 'a1', 'b3'));

  await put(textRow(5, anna, 'a2', { state: 'undecided' }));
  passMs = 100;
  await put(textRow(6, ben, 'b4'));
  await toldUntil('message b4');
  await until(() => clock.nextInMs === 300);
  await put(textRow(7, ben, 'b5'));
  offlineSync(true);
  assert.deepEqual((await toldUntil('message b5')).slice(-4), text('b4', 'b5'));
});

/** A store whose every look at the inbox takes so long. */
async function startSlowly(database: Database, passMs: () => number) {
  const slow: Database = {
    ...database,
    all: (query) => {
      if (passMs() > 0 && query.parts[0]?.startsWith('select seq') === true) draining.clock.advance(passMs());
      return database.all(query);
    },
  };
  const draining = await startDraining(slow);
  return { ...draining, offlineSync: (ended: boolean) => draining.drain.offlineSync(ended) };
}
