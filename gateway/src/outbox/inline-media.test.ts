import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { deleteInstance } from '../instances/instance-store.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { defaultOptions, type Webhook } from '../webhooks/webhook.ts';
import { createOutboxStore } from './delivery-store.ts';
import { forgetOldDeliveries } from './forget-old-events.ts';
import { planInline, planInlineOf, withMedia } from './inline-media.ts';
import { getDelivery, listDeliveries } from './list-deliveries.ts';
import { listEvents } from './list-events.ts';
import type { Delivery } from './outbox-store.ts';
import { newDeliveries, prepareEvent, type EventToRecord } from './record-event.ts';
import { endOf } from './testing/ends.ts';
import { hook } from './testing/recording.ts';
import { firstPlace, waitingPage } from './waiting-deliveries.ts';

const media = { inline: true, bytesMax: 1000 };
const wanting: Webhook = { ...hook, options: { ...defaultOptions, media } };
const plain: Webhook = { ...hook, id: 8 };

test('what the body will be is known to the byte before the file is there, up to the largest that fits', () => {
  for (const size of [0, 1, 2, 3, 100]) {
    const { event } = prepareEvent(eventOf(picture(size)));
    const plan = planInlineOf(event.body, media);
    const body = withMedia(event.body, file(size));
    assert.equal(plan?.bodyBytes, body?.length);
  }
  const { event } = prepareEvent(eventOf(picture(1)));
  const { maxBytes = 0 } = planInlineOf(event.body, media) ?? {};
  const fits = withMedia(event.body, file(maxBytes))?.length ?? 0;
  assert.ok(fits <= 1000 && fits > 990, `${fits}`);
  assert.ok((withMedia(event.body, file(maxBytes + 1))?.length ?? 0) > 1000);
  assert.equal(planInline(picture(maxBytes + 10), event.body.length, media), null);
});

test('a file goes into a body without a change of any other byte; a body without room for one is left alone', () => {
  const { event } = prepareEvent(eventOf(picture(3)));
  const before = Buffer.from(event.body).toString();
  const after = Buffer.from(withMedia(event.body, file(3)) ?? []).toString();
  assert.equal(after, before.replace('"media":null}}', `"media":${JSON.stringify(file(3))}}}`));
  assert.deepEqual(Object(JSON.parse(after)).data.media, file(3));
  for (const text of ['', '{}', '{"event":"qr","data":{}}'])
    assert.equal(withMedia(Buffer.from(text), file(3)), null);
});

test('there is no plan for what has no file, no size or a nonsensical one, nor for what is no message', () => {
  for (const data of [
    null,
    'text',
    {},
    { message: null },
    { message: { hasMedia: true } },
    { message: { hasMedia: false, _data: { size: 3 } } },
    picture(undefined),
    picture(-1),
    picture(Number.NaN),
    picture(Infinity),
  ]) {
    assert.equal(planInline(data, 100, media), null);
  }
  assert.equal(planInline(picture(3), 100, { ...media, inline: false }), null);
});

for (const { name, open } of testDatabases()) {
  test(`${name}: only a received message with a file that fits waits for it, for the webhooks that want it`, async () => {
    const db = await open();
    const wants = async (changes: Partial<EventToRecord>) =>
      (await record(db, changes)).map((delivery) => `${delivery.webhookId} ${delivery.media}`);
    assert.deepEqual(await wants({}), ['7 wanted', '8 null']);
    assert.deepEqual(await wants({ draft: draftOf(picture(1000)) }), ['7 null', '8 null']);
    assert.deepEqual(await wants({ draft: { ...draftOf(picture(3)), name: 'message_ack' } }), [
      '7 null',
      '8 null',
    ]);
    assert.deepEqual(await wants({ isFull: (id) => id === 7 }), ['8 null']);
  });

  test(`${name}: the quota counts what will wait: the same from the record, from the store, and when it ends`, async () => {
    const db = await open();
    const ended: number[] = [];
    const store = createOutboxStore(db, (gone) => ended.push(...gone.map(({ bodyBytes }) => bodyBytes)));
    const [delivery] = await record(db, { webhooks: [wanting] });
    assert.ok(delivery);
    const whole = withMedia(delivery.body, file(3))?.length;
    assert.equal(delivery.bodyBytes, whole);
    const waiting = await waitingPage(db, { webhookId: 7, after: firstPlace, upTo: 100, limit: 10 });
    const [head] = await store.heads(7, 1, 10);
    assert.deepEqual([waiting[0]?.bodyBytes, head?.bodyBytes], [whole, whole]);
    await store.freeze(delivery.id, null);
    await store.settle(endOf(delivery.id));
    assert.deepEqual(ended, [whole]);
  });

  test(`${name}: with an instance the files in its bodies go, and those of others stay`, async () => {
    const db = await open();
    const store = createOutboxStore(db);
    const [gone] = await record(db, { webhooks: [wanting] });
    const [kept] = await record(db, { instanceId: 2, webhooks: [{ ...wanting, id: 9, instanceId: 2 }] });
    assert.ok(gone && kept);
    for (const { id } of [gone, kept]) await store.freeze(id, Buffer.of(1));
    await db.commit(deleteInstance(1));
    // One that was on its way.
    await store.freeze(gone.id, Buffer.of(1));
    assert.deepEqual([await store.ownBody(gone.id), (await store.ownBody(kept.id))?.length], [null, 1]);
  });

  test(`${name}: a body that was frozen stays as it is, whatever comes later`, async () => {
    const db = await open();
    const store = createOutboxStore(db);
    const [one, other] = [
      ...(await record(db, { webhooks: [wanting] })),
      ...(await record(db, { webhooks: [wanting] })),
    ];
    assert.ok(one && other);
    const body = withMedia(one.body, file(3)) ?? Buffer.of();
    await store.freeze(one.id, body);
    await store.freeze(one.id, body);
    await store.freeze(one.id, null);
    await store.freeze(other.id, null);
    await store.freeze(other.id, body);
    const heads = await store.heads(7, 1, 10);
    assert.deepEqual(
      heads.map((head) => head.media),
      ['inline', null],
    );
    assert.deepEqual(Buffer.from((await store.ownBody(one.id)) ?? []), body);
    assert.deepEqual(Buffer.from(heads[1]?.body ?? []), Buffer.from(other.body));
    const logged = [await getDelivery(db, 1, one.id), await getDelivery(db, 1, other.id)];
    assert.deepEqual(
      logged.map((found) => Buffer.from(found?.body ?? [])),
      [body, Buffer.from(other.body)],
    );
    assert.deepEqual(
      logged.map((found) => found?.delivery.bodyBytes),
      [body.length, other.body.length],
    );
    const { deliveries } = await listDeliveries(db, { instanceId: 1, limit: 10 });
    assert.deepEqual(
      deliveries.map(({ bodyBytes }) => bodyBytes),
      [other.body.length, body.length],
    );
  });

  test(`${name}: what has ended, or never wanted a file, is not frozen any more`, async () => {
    const db = await open();
    const store = createOutboxStore(db);
    const [gone, never] = await record(db, {});
    assert.ok(gone && never);
    await store.drop({
      webhookId: 7,
      keepEvents: [],
      except: [],
      reason: 'webhook_cleared',
      settledAt: 2000,
    });
    for (const { id } of [gone, never]) await store.freeze(id, Buffer.from('{}'));
    const rows = await db.all(sql`select state, media from deliveries order by id`);
    assert.deepEqual(rows, [
      { state: 'dropped', media: 'wanted' },
      { state: 'pending', media: null },
    ]);
    assert.deepEqual(Buffer.from((await getDelivery(db, 1, gone.id))?.body ?? []), Buffer.from(gone.body));
  });

  test(`${name}: who fetches events gets them without files`, async () => {
    const db = await open();
    const store = createOutboxStore(db);
    const [delivery] = await record(db, {});
    await store.freeze(delivery?.id ?? 0, withMedia(delivery?.body ?? Buffer.of(), file(3)));
    const page = { instanceId: 1, after: 'evt_', names: null, limit: 10, bytesMax: 1e6 };
    const { events } = await listEvents(db, page);
    assert.equal(Object(JSON.parse(Buffer.from(events[0]?.body ?? []).toString())).data.media, null);
  });

  test(`${name}: a body of its own is removed with its delivery, and not before`, async () => {
    const db = await open();
    const store = createOutboxStore(db);
    const ids: number[] = [];
    for (const nowMs of [1000, 1000, 9000]) {
      const [delivery] = await record(db, { webhooks: [wanting], nowMs });
      await store.freeze(delivery?.id ?? 0, Buffer.from('{}'));
      ids.push(delivery?.id ?? 0);
    }
    await store.settle(endOf(ids[0] ?? 0));
    for await (const count of forgetOldDeliveries(db, { before: 5000, now: 10_000 })) assert.equal(count, 1);
    const left = await db.all<{ delivery_id: number }>(
      sql`select delivery_id from delivery_bodies order by 1`,
    );
    assert.deepEqual(
      left.map((row) => row.delivery_id),
      ids.slice(1),
    );
  });
}

function picture(size: number | undefined) {
  return {
    message: { hasMedia: true, _data: { mimetype: 'image/jpeg', filename: 'größe.jpg', size } },
    media: null,
  };
}

function file(size: number) {
  const data = Buffer.alloc(size, 'x').toString('base64');
  return { mimetype: 'image/jpeg', data, filename: 'größe.jpg', filesize: size };
}

function draftOf(data: object): EventToRecord['draft'] {
  return { name: 'message', data, identity: null };
}

function eventOf(data: object): EventToRecord {
  return { instanceId: 1, chatId: 1, webhooks: [wanting, plain], nowMs: 1000, draft: draftOf(data) };
}

async function record(db: Database, changes: Partial<EventToRecord>): Promise<Delivery[]> {
  const prepared = prepareEvent({ ...eventOf(picture(3)), ...changes });
  return newDeliveries([prepared], await db.commit(prepared.statements));
}
