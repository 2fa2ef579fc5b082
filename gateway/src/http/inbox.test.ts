import assert from 'node:assert/strict';
import { test } from 'node:test';
import { insertGap, recoverMessages } from '../inbox/gaps.ts';
import { endRow, insertRow } from '../inbox/inbox-rows.ts';
import { giveUpPlaceholders, putPlaceholder, resolvePlaceholder } from '../inbox/placeholders.ts';
import { anna, row, textRow } from '../inbox/testing/draining.ts';
import { startApi } from './testing/start-api.ts';

test('what could not be told is listed, and what was resolved is not', async (t) => {
  const api = await startApi(t);
  const { db } = api;
  await api.call('POST', '/api/v1/instances', { json: {} });
  const missing = { fromMe: false, chat: anna.lid, sender: anna.lid, reason: 'undecryptable: Bad MAC' };
  await db.commit([
    insertRow(1, textRow(1, anna, 'waits')),
    insertRow(1, row(2, 'stanza')),
    endRow(1, 2, 'parked', 'unreadable'),
    ...putPlaceholder(1, { ...missing, chatId: 1, messageId: 'A', seq: 3, receivedAt: 1000 }),
    ...putPlaceholder(1, { ...missing, chatId: 1, messageId: 'B', seq: 4, receivedAt: 2000 }),
    ...putPlaceholder(2, { ...missing, chatId: 2, messageId: 'C', seq: 1, receivedAt: 2000 }),
    ...resolvePlaceholder(1, { chatId: 1, messageId: 'A', fromMe: false }, 3000),
    insertGap(1, { kind: 'message', announced: 5, received: 3, detectedAt: 4000 }),
    insertGap(1, { kind: 'message', announced: 2, received: 1, detectedAt: 5000 }),
    insertGap(1, { kind: 'call', announced: 1, received: 0, detectedAt: 6000 }),
    ...recoverMessages(1, 2, 7000),
  ]);
  await giveUpPlaceholders(db, 1, { askedMax: 3, before: 2001, nowMs: 8000 });
  const { status, body } = await api.call('GET', '/api/v1/instances/1/inbox');
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual((body as { inbox: unknown }).inbox, {
    waiting: { count: 1, oldestAt: 1_700_000_000_000 },
    parked: [{ seq: 2, kind: 'stanza', note: 'unreadable', receivedAt: 1_700_000_000_000 }],
    unreadable: [
      {
        messageId: 'B',
        chatId: anna.lid,
        author: anna.lid,
        fromMe: false,
        reason: 'undecryptable: Bad MAC',
        state: 'lost',
        asked: 0,
        receivedAt: 2000,
        settledAt: 8000,
      },
    ],
    gaps: [
      gap('call', 1, 0, 0, 'open', 6000, null),
      gap('message', 2, 1, 0, 'open', 5000, null),
      gap('message', 5, 3, 2, 'closed', 4000, 7000),
    ],
  });
  assert.equal((await api.call('GET', '/api/v1/instances/2/inbox')).status, 404);
});

function gap(
  kind: string,
  announced: number,
  received: number,
  recovered: number,
  state: string,
  detectedAt: number,
  closedAt: number | null,
) {
  return { kind, announced, received, recovered, state, detectedAt, closedAt };
}
