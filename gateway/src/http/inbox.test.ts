import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '../database/sql.ts';
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

test('a parked row is tried again, one or all of them, and the others are refused with the reason', async (t) => {
  const api = await startApi(t);
  const { db } = api;
  await api.call('POST', '/api/v1/instances', { json: {} });
  const missing = { fromMe: false, chat: anna.lid, sender: anna.lid, reason: 'undecryptable: Bad MAC' };
  const undecrypted = textRow(7, anna, 'gone', { state: 'undecided' });
  await db.commit([
    ...[1, 2, 3, 4].flatMap(parked),
    ...putPlaceholder(1, { ...missing, chatId: 1, messageId: 'A', seq: 4, receivedAt: 1000 }),
    insertRow(1, textRow(5, anna, 'waits')),
    insertRow(1, row(6, 'stanza')),
    endRow(1, 6, 'parked', 'no content'),
    insertRow(1, { ...undecrypted, hash: new Uint8Array(32) }),
    endRow(1, 7, 'parked', 'Bad MAC'),
  ]);
  const retry = (path: string) => api.call('POST', `/api/v1/instances/1/inbox/${path}`);
  const states = async () => {
    const rows = await db.all(sql`select state, note from inbox order by seq`);
    return rows.map(({ state, note }) => `${String(state)} ${String(note)}`);
  };
  const one = await retry('2/retry');
  const self = 'https://wa.example.com/api/v1/instances/1/inbox/2/retry';
  assert.deepEqual(one.body, { retried: 1, links: { self }, status: 'success' });
  assert.equal((await states())[0], 'parked poison');
  const all = await retry('retry');
  assert.deepEqual([all.status, (all.body as { retried: number }).retried], [200, 3]);
  assert.deepEqual(await states(), [
    'decided null',
    'decided null',
    'decided null',
    'parked poison',
    'decided null',
    'parked no content',
    'undecryptable Bad MAC',
  ]);
  const refused = [
    ['4/retry', 422, /never came/],
    ['5/retry', 422, /waits for its turn/],
    ['6/retry', 422, /could not be stored/],
    ['8/retry', 404, /no row 8/],
    ['x/retry', 404, /no row x/],
  ] as const;
  for (const [path, status, words] of refused) {
    const answer = await retry(path);
    assert.match(JSON.stringify(answer.body), words, path);
    assert.equal(answer.status, status, `${path} ${JSON.stringify(answer.body)}`);
  }
  assert.equal((await api.call('POST', '/api/v1/instances/2/inbox/retry')).status, 404);
});

function parked(seq: number) {
  return [insertRow(1, textRow(seq, anna, `text ${seq}`)), endRow(1, seq, 'parked', 'poison')];
}

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
