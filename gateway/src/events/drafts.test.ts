import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMessageId } from '../jid.ts';
import { messageAcked, messageCreated, messageReceived, messageRevokedForMe } from './drafts.ts';
import { incompleteData } from './incomplete.ts';
import { contactsOf } from './contacts.ts';
import { contextWith } from './rows-for-tests.ts';

const own = { instanceId: 1, phone: '49170@s.whatsapp.net', lid: null };

test('each event about a message can be found by its bare id, which is not part of what is sent', () => {
  const chat = '4917012345@s.whatsapp.net';
  const context = contextWith();
  const message = incompleteData({
    id: '3EB0A',
    address: { chat, sender: chat, fromMe: false },
    ack: 1,
    timestamp: 1,
    type: 'unknown',
    contacts: contactsOf([], context),
    own,
  });
  for (const draft of [messageCreated, messageReceived, messageRevokedForMe, messageAcked]) {
    const { messageId, data } = draft(message);
    assert.equal(messageId, '3EB0A');
    assert.equal(Object.hasOwn(Object(data), 'messageId'), false);
  }
  const long = { ...message, id: formatMessageId({ fromMe: false, remote: chat, id: 'A'.repeat(300) }) };
  assert.equal(messageCreated(long).messageId?.length, 200);
});
