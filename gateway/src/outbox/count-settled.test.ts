import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabases } from '../database/testing/databases.ts';
import { countSettled } from './count-settled.ts';
import { countWaiting, createOutboxStore } from './delivery-store.ts';
import { newDeliveries, prepareEvent } from './record-event.ts';
import { plainWebhook } from '../webhooks/webhook.ts';
import { endOf } from './testing/ends.ts';

const webhook = plainWebhook({ id: 7, instanceId: 1, url: 'http://receiver.test/', events: ['message'] });

for (const { name, open } of testDatabases()) {
  test(`${name}: what waits and what ended is counted, whichever way it ended`, async () => {
    const db = await open();
    const ended: string[] = [];
    const store = countSettled(createOutboxStore(db), (state, count) => ended.push(`${state} ${count}`));
    const draft = { name: 'message', data: {}, identity: null } as const;
    const events = [1, 2, 3].map((nowMs) =>
      prepareEvent({ instanceId: 1, chatId: 5, draft, webhooks: [webhook], nowMs }),
    );
    const committed = await db.commit(events.flatMap(({ statements }) => statements));
    const [delivery] = newDeliveries(events, committed);
    assert.ok(delivery);
    assert.equal(await countWaiting(db, 10), 3);
    assert.equal(await countWaiting(db, 2), 2);

    await store.settle(endOf(delivery.id, { state: 'rejected', status: 404 }));
    const drop = {
      webhookId: 7,
      keepEvents: [],
      except: [],
      reason: 'webhook_cleared',
      settledAt: 9,
    } as const;
    await store.drop(drop);
    await store.drop(drop);
    assert.deepEqual(ended, ['rejected 1', 'dropped 2']);
    assert.equal(await countWaiting(db, 10), 0);
  });
}
