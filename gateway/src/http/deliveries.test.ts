import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeliveryPage, DeliveryRecord } from '../outbox/list-deliveries.ts';
import { startApi } from './testing/start-api.ts';

const record = (id: number): DeliveryRecord => ({
  id,
  webhookId: 1,
  event: { id: `evt_${id}`, name: 'message' },
  state: 'rejected',
  reason: null,
  createdAt: 1000,
  settledAt: 5000,
  attempts: 3,
  attemptLog: [
    {
      number: 1,
      count: 2,
      outcome: 'silence',
      status: null,
      reason: 'timeout',
      firstAt: 1000,
      lastAt: 4000,
      durationMs: 30,
    },
    {
      number: 3,
      count: 1,
      outcome: 'rejected',
      status: 404,
      reason: null,
      firstAt: 5000,
      lastAt: 5000,
      durationMs: 12,
    },
  ],
});

test('deliveries are listed newest first, with their attempts, page by page', async (t) => {
  const asked: DeliveryPage[] = [];
  const api = await startApi(t, {
    async listDeliveries(page) {
      asked.push(page);
      return page.before === undefined ? [record(9), record(7)] : [record(4)];
    },
  });
  await api.call('POST', '/api/v1/instances');
  const first = await api.call('GET', '/api/v1/instances/1/deliveries?limit=2');
  const next = 'https://wa.example.com/api/v1/instances/1/deliveries?limit=2&before=7';
  const { attemptLog } = record(9);
  const common = { event: 'message', state: 'rejected', reason: null, createdAt: 1000, settledAt: 5000 };
  assert.deepEqual(first.body, {
    deliveries: [
      { id: 9, eventId: 'evt_9', ...common, attempts: attemptLog },
      { id: 7, eventId: 'evt_7', ...common, attempts: attemptLog },
    ],
    links: { next },
    status: 'success',
  });
  const second = await api.call('GET', new URL(next).pathname + new URL(next).search);
  assert.match(JSON.stringify(second.body), /"id":4.*"links":\{"next":null\}/);
  assert.deepEqual(asked, [
    { instanceId: 1, limit: 2, before: undefined },
    { instanceId: 1, limit: 2, before: 7 },
  ]);
});

test('an instance without deliveries has an empty list', async (t) => {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances');
  const { body } = await api.call('GET', '/api/v1/instances/1/deliveries');
  assert.deepEqual(body, { deliveries: [], links: { next: null }, status: 'success' });
});
