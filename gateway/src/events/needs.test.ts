import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from './needs.ts';
import { anna, messageFromAnna, own, receipt, sentAck } from './rows-for-tests.ts';

test('a message needs its chat, its stored self and nothing that it tells itself', () => {
  assert.deepEqual(needs(messageFromAnna({ conversation: 'x' }), own), {
    chat: anna.lid,
    addresses: [],
    messages: [{ id: '3AEB0A1B2C3D4E5F6071', fromMe: false }],
    outgoing: [],
    learned: [{ lid: anna.lid, phone: anna.phone }],
  });
});

test('a message needs the number of its sender when its stanza does not tell it', () => {
  const { addresses, learned } = needs(messageFromAnna({ conversation: 'x' }, { sender_pn: '' }), own);
  assert.deepEqual(addresses, [anna.lid]);
  assert.deepEqual(learned, []);
});

test('a message from the own handset tells the other address of its recipient', () => {
  const row = messageFromAnna(
    { conversation: 'x' },
    { from: own.lid ?? '', sender_pn: own.phone, recipient: anna.lid, peer_recipient_pn: anna.phone },
  );
  const { chat, learned } = needs(row, own);
  assert.equal(chat, anna.lid);
  assert.deepEqual(learned, [{ lid: anna.lid, phone: anna.phone }]);
});

test('a group message teaches who its author is', () => {
  const attrs = {
    from: '1203@g.us',
    participant: '153978989985921:3@lid',
    participant_pn: anna.phone,
    sender_pn: '',
  };
  const { chat, learned, addresses } = needs(messageFromAnna({ conversation: 'x' }, attrs), own);
  assert.equal(chat, '1203@g.us');
  assert.deepEqual(learned, [{ lid: anna.lid, phone: anna.phone }]);
  assert.deepEqual(addresses, []);
});

test('the ack of a sent message needs what was sent', () => {
  assert.deepEqual(needs(sentAck(), own), {
    chat: anna.phone,
    addresses: [anna.phone],
    messages: [{ id: '3EB0AAAAAAAAAAAAAAAAAA', fromMe: true }],
    outgoing: ['3EB0AAAAAAAAAAAAAAAAAA'],
    learned: [],
  });
});

test('a receipt needs the messages that it speaks of, and one that is ignored nothing', () => {
  assert.deepEqual(needs(receipt({ type: 'read' }), own).messages, [
    { id: '3EB0AAAAAAAAAAAAAAAAAA', fromMe: true },
  ]);
  assert.deepEqual(needs(receipt({ type: 'retry' }), own).messages, []);
  assert.equal(needs(receipt({ type: 'retry' }), own).chat, null);
});
