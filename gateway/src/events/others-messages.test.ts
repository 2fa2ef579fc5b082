import assert from 'node:assert/strict';
import { createCipheriv, hkdfSync } from 'node:crypto';
import { test } from 'node:test';
import { anna, drainOf, receivedAt, recorded, stanza } from './rows-for-tests.ts';
import type { InboxRow, MessageContent, Translation } from './translation.ts';

const group = '120363000000000001@g.us';
const id = '3AEB0A1B2C3D4E5F6071';
const ben = '5@lid';
const secret = Buffer.alloc(32, 5);

test('nobody edits what somebody else wrote, also not under the secret of the message', () => {
  for (const use of ['Message Edit', 'Event Edit'] as const) {
    const drain = drainOf();
    drain.take(byAnna({ conversation: 'hello', messageContextInfo: { messageSecret: secret } }));
    const forged = { fromMe: false, participant: anna.lid };
    assert.notEqual(drain.take(sealedEdit(ben, use, forged, anna.lid)).do, 'record', use);
    assert.equal(drain.messages.get(`false_${id}`)?.data.body, 'hello');
    assert.deepEqual(names(drain.take(sealedEdit(anna.lid, use, { fromMe: true }, anna.lid))), [
      'message_edit',
    ]);
  }
});

test('who sends something under the id of a message does not take its place', () => {
  const copies: InboxRow[] = [
    inGroup(ben, id, { conversation: 'mine' }),
    direct({ conversation: 'mine' }),
    inGroup(ben, id, null),
    direct(null),
    inGroup(ben, 'E1', edit('mine')),
    inGroup(ben, 'D1', { protocolMessage: { key: { id, fromMe: true }, type: 0 } }),
    { ...direct(edit('mine')), seq: 2 },
  ];
  for (const copy of copies) {
    const drain = drainOf();
    drain.take(byAnna({ conversation: 'hello' }));
    drain.take(copy);
    assert.equal(drain.messages.get(`false_${id}`)?.data.body, 'hello', JSON.stringify(copy));
    const revoke = { protocolMessage: { key: { id, fromMe: true }, type: 0 } };
    const [event] = recorded(drain.take(inGroup(anna.lid, 'D2', revoke))).events;
    assert.ok(event?.name === 'message_revoke_everyone');
    assert.equal(event.data.before?.body, 'hello', JSON.stringify(copy));
  }
});

test('a copied id is told all the same, each under its own sender', () => {
  const drain = drainOf();
  drain.take(byAnna({ conversation: 'hello' }));
  const { events, messages } = recorded(drain.take(inGroup(ben, id, { conversation: 'mine' })));
  assert.deepEqual(
    events.map(({ name }) => name),
    ['message_create', 'message'],
  );
  assert.deepEqual(messages, []);
});

function edit(text: string): MessageContent {
  const key = { id, fromMe: true };
  return { protocolMessage: { key, type: 14, editedMessage: { conversation: text }, timestampMs: 2000 } };
}

function direct(content: MessageContent | null): InboxRow {
  const attrs = { from: ben, id, t: '1669994807', type: 'text' };
  return { kind: 'message', seq: 1, receivedAt, content, stanza: stanza('message', attrs) };
}

function sealedEdit(
  by: string,
  use: 'Message Edit' | 'Event Edit',
  key: MessageContent,
  writer: string,
): InboxRow {
  const text = Buffer.from(JSON.stringify({ conversation: 'something else' }));
  const bits = hkdfSync('sha256', secret, new Uint8Array(), `${id}${writer}${by}${use}`, 32);
  const cipher = createCipheriv('aes-256-gcm', new Uint8Array(bits), Buffer.alloc(12, 6));
  const encPayload = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  return inGroup(by, `E-${by.replace('@', '-')}`, {
    secretEncryptedMessage: {
      targetMessageKey: { id, remoteJid: group, ...key },
      secretEncType: use === 'Event Edit' ? 1 : 2,
      encPayload,
      encIv: Buffer.alloc(12, 6),
    },
  });
}

function byAnna(content: MessageContent): InboxRow {
  return inGroup(anna.lid, id, content);
}

function inGroup(participant: string, messageId: string, content: MessageContent | null): InboxRow {
  const attrs = { from: group, participant, id: messageId, t: '1669994807', type: 'text' };
  return { kind: 'message', seq: 1, receivedAt, content, stanza: stanza('message', attrs) };
}

function names(translation: Translation): string[] {
  return recorded(translation).events.map(({ name }) => name);
}
