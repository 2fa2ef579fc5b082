import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventName } from '@eazewa/sdk/events';
import type { Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { EventIds, noEventId } from '../ids.ts';
import { eventRange, listEvents, openEventIds, type EventsPage } from './list-events.ts';
import { prepareEvent } from './record-event.ts';

const whole = { instanceId: 33, after: noEventId, names: null, limit: 100, bytesMax: 1e6 };

for (const { name, open } of testDatabases()) {
  test(`${name}: events are read in the order of their commits, page by page, of one instance only`, async () => {
    const db = await open();
    const ids = await record(db, ['message', 'qr', 'message', 'call', 'message']);
    await record(db, ['message'], { instanceId: 34 });
    const first = await page(db, { limit: 2 });
    assert.deepEqual(first, { ids: ids.slice(0, 2), cursor: ids[1], hasMore: true });
    const second = await page(db, { limit: 2, after: first.cursor });
    assert.deepEqual(second, { ids: ids.slice(2, 4), cursor: ids[3], hasMore: true });
    const last = await page(db, { limit: 2, after: second.cursor });
    assert.deepEqual(last, { ids: ids.slice(4), cursor: ids[4], hasMore: false });
    assert.deepEqual(await page(db, { after: last.cursor }), { ids: [], cursor: ids[4], hasMore: false });
  });

  test(`${name}: an event comes with the body that webhooks get`, async () => {
    const db = await open();
    const body = { event: 'message', instanceId: '33', data: { text: 'a"\n\u2028\u0000😀' } };
    const ids = await record(db, ['message'], { data: body.data });
    const { events } = await listEvents(db, whole);
    assert.equal(Buffer.from(events[0]?.body ?? []).toString(), JSON.stringify(body));
    assert.deepEqual([events[0]?.id, events[0]?.name, events[0]?.recordedAt], [ids[0], 'message', 5000]);
  });

  test(`${name}: a page ends before it is too large, but has one event at least`, async () => {
    const db = await open();
    const ids = await record(db, ['message', 'message', 'message'], { data: 'x'.repeat(1000) });
    assert.deepEqual((await page(db, { bytesMax: 2200 })).ids, ids.slice(0, 2));
    assert.deepEqual(await page(db, { bytesMax: 10 }), {
      ids: ids.slice(0, 1),
      cursor: ids[0],
      hasMore: true,
    });
    const others = await page(db, { bytesMax: 10, names: ['qr'] });
    assert.deepEqual(others, { ids: [], cursor: ids[2], hasMore: false });
  });

  test(`${name}: a filter passes over what is not wanted, a bounded part at a time`, async () => {
    const db = await open();
    const many: EventName[] = Array.from({ length: 1500 }, (_, place) =>
      place === 1200 ? 'call' : 'message',
    );
    const ids = await record(db, many);
    const first = await page(db, { names: ['call', 'qr'] });
    assert.deepEqual(first, { ids: [], cursor: ids[999], hasMore: true });
    const second = await page(db, { names: ['call', 'qr'], after: first.cursor });
    assert.deepEqual(second, { ids: [ids[1200]], cursor: ids[1499], hasMore: false });
  });

  test(`${name}: the oldest and the newest event are known, of one instance only`, async () => {
    const db = await open();
    assert.deepEqual(await eventRange(db, 33), { oldest: null, newest: null });
    const ids = await record(db, ['message', 'qr', 'call']);
    await record(db, ['message'], { instanceId: 34 });
    assert.deepEqual(await eventRange(db, 33), { oldest: ids[0], newest: ids[2] });
    await db.commit([sql`delete from events where id = ${ids[0] ?? ''}`]);
    assert.equal((await eventRange(db, 33)).oldest, ids[1]);
    // A cursor whose event is gone is as good as any other.
    assert.deepEqual((await page(db, { after: ids[0] ?? '' })).ids, ids.slice(1));
  });

  test(`${name}: after a start the ids go on after the greatest that is stored, whatever the clock says`, async () => {
    const db = await open();
    assert.ok((await openEventIds(db)).next(5000) > noEventId);
    const ids = await record(db, ['message', 'message'], { nowMs: 9e12 });
    const next = (await openEventIds(db)).next(5000);
    assert.ok(next > (ids[1] ?? ''), `${next} comes before ${ids[1]}`);
  });

  test(`${name}: ids sort by their characters, in whatever language the server is`, async () => {
    const db = await open();
    const ends = ['09', '0A', '9Z', 'A0', 'AA', 'AB', 'SZ', 'T0', 'Y0', 'Z0'];
    const ids = ends.map((end) => `evt_${'0'.repeat(24)}${end}`);
    for (const id of ids.toReversed()) {
      await db.commit(prepareEvent({ ...event('message'), id }).statements);
    }
    assert.deepEqual((await page(db, {})).ids, ids);
  });
}

const eventIds = new EventIds(null);

function event(name: EventName, data: unknown = {}) {
  return { instanceId: 33, chatId: 1, draft: { name, data, identity: null }, webhooks: [], nowMs: 5000 };
}

interface Recording {
  readonly instanceId?: number;
  readonly data?: unknown;
  readonly nowMs?: number;
}

async function record(
  db: Database,
  names: readonly EventName[],
  { data, ...changes }: Recording = {},
): Promise<string[]> {
  const prepared = names.map((name) => {
    const one = { ...event(name, data), ...changes };
    return prepareEvent({ ...one, id: eventIds.next(one.nowMs) });
  });
  await db.commit(prepared.flatMap(({ statements }) => statements));
  return prepared.map((one) => one.event.id);
}

async function page(db: Database, changes: Partial<EventsPage>) {
  const { events, cursor, hasMore } = await listEvents(db, { ...whole, ...changes });
  return { ids: events.map(({ id }) => id), cursor, hasMore };
}
