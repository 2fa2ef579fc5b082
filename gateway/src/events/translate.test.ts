import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertShape, eventShapes } from './contract-shape-for-tests.ts';
import { needs } from './needs.ts';
import { anna, contextWith, drainOf, messageFromAnna, own, receivedAt, stanza } from './rows-for-tests.ts';
import { translate } from './translate.ts';
import type { InboxRow, MessageContent, Stanza } from './translation.ts';

test('each stanza that is no event is ignored with a reason that sorts it', () => {
  const cases: [string, Record<string, string>, RegExp][] = [
    ['notification', { type: 'w:gp2' }, /^malformed: a notification of a group without the group$/],
    ['notification', { type: 'encrypt' }, /^internal: a notification of type encrypt$/],
    ['notification', { type: 'picture' }, /^internal: a notification of type picture, which is no event$/],
    ['notification', { type: 'novel' }, /^unknown: a notification of type novel$/],
    ['notification', {}, /^unknown: a notification of type $/],
    ['call', {}, /^malformed: a call that says nothing$/],
    ['presence', {}, /^internal: /],
    ['chatstate', {}, /^internal: /],
    ['ib', {}, /^internal: /],
    ['iq', {}, /^internal: /],
    ['failure', {}, /^internal: /],
    ['message', {}, /^internal: /],
    ['novel', {}, /^unknown: a stanza <novel>$/],
  ];
  for (const [tag, attrs, reason] of cases) {
    const row: InboxRow = { kind: 'stanza', seq: 1, receivedAt, stanza: stanza(tag, attrs) };
    const result = translate(row, contextWith());
    assert.equal(result.do, 'ignore');
    assert.match(result.reason, reason);
  }
});

test('whatever a change of a message says, nothing throws, and what is told has the shape of the contract', () => {
  const random = seeded(20_221_203);
  const told = new Set<string>();
  for (let round = 0; round < 4000; round++) {
    const pick: Pick = (list) => list[Math.floor(random() * list.length)] ?? list[0];
    const drain = drainOf({ offlineSyncEnded: random() < 0.9 });
    const first = { ...anyContent(random, pick, 0), conversation: 'x' };
    if (random() < 0.8) drain.take(messageFromAnna(random() < 0.8 ? first : null, { id: 'A1' }));
    for (let i = 0; i < 3; i++) {
      const result = drain.take(messageFromAnna(anyChange(random, pick), { id: pick(['B1', 'B2', 'A1']) }));
      if (result.do !== 'record') continue;
      for (const { name, data, identity } of result.events) {
        told.add(name);
        assertShape(JSON.parse(JSON.stringify(data)), eventShapes.get(name) ?? null);
        assert.ok(identity !== null && identity.length <= 250);
      }
    }
  }
  assert.deepEqual([...told].toSorted(), [
    'message',
    'message_create',
    'message_edit',
    'message_reaction',
    'message_revoke_everyone',
  ]);
});

/** A change that is right but for some things. */
function anyChange(random: () => number, pick: Pick): MessageContent {
  const odd = (value: unknown) => (random() < 0.15 ? pick<unknown>([...values, ...texts]) : value);
  const key = odd({
    id: odd('A1'),
    fromMe: odd(random() < 0.8),
    remoteJid: odd(anna.lid),
    participant: odd(undefined),
  });
  const sealed = { encPayload: odd(new Uint8Array(40)), encIv: odd(new Uint8Array(12)) };
  const inner = odd(anyContent(random, pick, 3));
  return pick<MessageContent>([
    { reactionMessage: odd({ key, text: odd('👍'), senderTimestampMs: odd(random() * 1e13) }) },
    { protocolMessage: odd({ key, type: odd(0) }) },
    { protocolMessage: odd({ key, type: odd(14), editedMessage: inner, timestampMs: odd(5) }) },
    { editedMessage: odd({ message: odd({ protocolMessage: { key, type: 14, editedMessage: inner } }) }) },
    { editedMessage: odd({ message: inner }) },
    { pollUpdateMessage: odd({ pollCreationMessageKey: key, vote: odd(sealed), senderTimestampMs: odd(7) }) },
    { encReactionMessage: odd({ targetMessageKey: key, ...sealed }) },
    { secretEncryptedMessage: odd({ targetMessageKey: key, ...sealed, secretEncType: odd(2) }) },
    { commentMessage: odd({ targetMessageKey: key, message: inner }) },
  ]);
}

test('whatever comes, nothing throws, and what is told has the shape of the contract', () => {
  const random = seeded(20_221_202);
  let told = 0;
  for (let round = 0; round < 4000; round++) {
    const row = anyRow(random);
    const wanted = needs(row, own);
    assert.ok(wanted.messages.length <= 50);
    const result = translate(row, contextWith({ offlineSyncEnded: random() < 0.9 }));
    if (result.do !== 'record') {
      assert.match(result.reason, /^[a-z ]+/);
      continue;
    }
    for (const event of result.events) {
      told++;
      assertShape(JSON.parse(JSON.stringify(event.data)), eventShapes.get(event.name) ?? null);
      assert.ok(event.identity !== null && event.identity.length <= 250);
    }
  }
  assert.ok(told > 300, `only ${told} events: the rows are too broken to test anything`);
});

type Pick = <T>(list: readonly [T, ...T[]]) => T;

/** A row that is right but for one thing, or nonsense. */
function anyRow(random: () => number): InboxRow {
  const pick: Pick = (list) => list[Math.floor(random() * list.length)] ?? list[0];
  const attrs: Record<string, string> = {};
  for (const name of [
    'from',
    'participant',
    'recipient',
    'sender_pn',
    'recipient_pn',
    'id',
    't',
    'type',
    'class',
    'error',
  ]) {
    if (random() < 0.3) attrs[name] = pick(texts);
  }
  const kind = random();
  if (kind < 0.6)
    return { ...messageFromAnna(anyContent(random, pick, 0), random() < 0.5 ? {} : attrs), seq: 1 };
  const node = stanza(pick(['receipt', 'ack', 'message', 'notification', 'call', '']), {
    ...(random() < 0.6 ? { from: anna.lid, id: 'A1', class: 'message' } : {}),
    ...attrs,
  });
  const content = pick<Stanza['content']>([
    undefined,
    'text',
    Uint8Array.of(1),
    [],
    [stanza('list', {}, [stanza('item', { id: pick(texts) })])],
    [stanza('list', {}, 'text')],
  ]);
  const full = content === undefined ? node : { ...node, content };
  return { kind: kind < 0.8 ? 'stanza' : 'sent', seq: 1, receivedAt, stanza: full };
}

function anyContent(random: () => number, pick: Pick, depth: number): MessageContent {
  const content = new Map<string, unknown>();
  for (let i = 0; i < 1 + random() * 2; i++) {
    const value = random();
    content.set(
      pick(fields),
      value < 0.5 && depth < 12 ? anyContent(random, pick, depth + 1) : pick<unknown>(values),
    );
  }
  return Object.fromEntries(content);
}

const texts: [string, ...string[]] = [
  '',
  'x',
  '@',
  'a@b@c',
  anna.phone,
  anna.lid,
  own.phone,
  '1203@g.us',
  'status@broadcast',
  '5@newsletter',
  '13135550002@bot',
  's.whatsapp.net',
  '\u0000',
  '\ud800',
  'message',
  'read',
  'played',
  '-1',
  '1e999',
  'x'.repeat(5000),
];

const fields: [string, ...string[]] = [
  'conversation',
  'extendedTextMessage',
  'imageMessage',
  'audioMessage',
  'documentMessage',
  'locationMessage',
  'contactMessage',
  'contactsArrayMessage',
  'groupInviteMessage',
  'pollCreationMessage',
  'productMessage',
  'listResponseMessage',
  'protocolMessage',
  'reactionMessage',
  'encReactionMessage',
  'encCommentMessage',
  'commentMessage',
  'secretEncryptedMessage',
  'pollUpdateMessage',
  'editedMessage',
  'key',
  'targetMessageKey',
  'pollCreationMessageKey',
  'id',
  'remoteJid',
  'fromMe',
  'encPayload',
  'encIv',
  'vote',
  'secretEncType',
  'senderTimestampMs',
  'timestampMs',
  'deviceSentMessage',
  'ephemeralMessage',
  'viewOnceMessage',
  'message',
  'contextInfo',
  'messageContextInfo',
  'quotedMessage',
  'mentionedJid',
  'groupMentions',
  'participant',
  'stanzaId',
  'text',
  'caption',
  'mimetype',
  'directPath',
  'mediaKey',
  'messageSecret',
  'fileLength',
  'seconds',
  'contacts',
  'options',
  'product',
  'type',
  'destinationJid',
  'expiration',
  'forwardingScore',
  '__proto__',
  'somethingNew',
];

const values: [unknown, ...unknown[]] = [
  null,
  undefined,
  true,
  0,
  -1,
  3.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  10n,
  '',
  'text with https://example.com and \u0000 and \ud800',
  anna.lid,
  Uint8Array.of(),
  Uint8Array.of(0, 255),
  [],
  [null, 'x', 1, {}, Uint8Array.of(7)],
  [{ optionName: 'a' }, { vcard: 1 }, { groupJid: 'x' }],
];

/** The same numbers in each run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
