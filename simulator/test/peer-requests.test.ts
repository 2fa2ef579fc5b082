import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proto } from 'baileys';
import { textOf } from './support/client.ts';
import { linkedAlice } from './support/linked-alice.ts';

const { simulator, alice, client } = await linkedAlice();
const bob = simulator.addPhone({ name: 'Bob' });

test('a handset hands out a message that its client asks for again', async () => {
  const { id, timestamp } = await bob.send(alice, 'hello', { addressing: 'pn' });
  await client.message(id);
  const before = client.messages.length;

  const key = { remoteJid: bob.jid, fromMe: false, id };
  await client.socket.requestPlaceholderResend(key);

  const answer = await client.until(() =>
    client.messages.slice(before).find(({ message }) => message.key.id === id),
  );
  assert.equal(textOf(answer.message), 'hello');
  assert.deepEqual(
    [answer.message.key.remoteJid, answer.message.key.fromMe, answer.message.pushName],
    [bob.jid, false, 'Bob'],
  );
  assert.equal(Number(answer.message.messageTimestamp), timestamp);
});

test('a message that the client itself sent can be asked for too', async () => {
  const id = (await client.socket.sendMessage(bob.lidJid, { text: 'from me' }))?.key.id ?? '';
  await alice.waitForMessage((message) => message.id === id);
  const before = client.messages.length;

  await client.socket.requestPlaceholderResend({ remoteJid: bob.lidJid, fromMe: true, id });

  const answer = await client.until(() =>
    client.messages.slice(before).find(({ message }) => message.key.id === id),
  );
  assert.equal(textOf(answer.message), 'from me');
});

test('a handset does not answer for a message that it has not, nor when it shall not', async () => {
  const { id } = await bob.send(alice, 'kept');
  await client.message(id);
  const before = alice.requests.received.length;
  const ask = (messageId: string) =>
    client.socket.requestPlaceholderResend({ remoteJid: bob.lidJid, fromMe: false, id: messageId });

  alice.requests.isAnswering = false;
  await ask(id);
  await client.until(() => alice.requests.received.length === before + 1);
  alice.requests.isAnswering = true;
  await ask('UNKNOWN');
  await client.until(() => alice.requests.received.length === before + 2);

  // What the handset sends after both requests arrives, and no answer before it.
  await client.message((await bob.send(alice, 'later')).id);
  assert.equal(client.messages.filter(({ message }) => message.key.id === id).length, 1);
  const { PLACEHOLDER_MESSAGE_RESEND } = proto.Message.PeerDataOperationRequestType;
  assert.deepEqual(
    alice.requests.received.slice(before).map((request) => request.peerDataOperationRequestType),
    [PLACEHOLDER_MESSAGE_RESEND, PLACEHOLDER_MESSAGE_RESEND],
  );
});

test('a handset that is offline answers when it is back', async () => {
  const { id } = await bob.send(alice, 'patience');
  await client.message(id);
  const before = client.messages.length;
  alice.goOffline();
  await client.socket.requestPlaceholderResend({ remoteJid: bob.lidJid, fromMe: false, id });
  alice.goOnline();
  await client.until(() => client.messages.slice(before).find(({ message }) => message.key.id === id));
});

test("a member's message in a group can be asked for, alone and as a part of the group's past", async () => {
  const group = bob.createGroup('Family', [alice]);
  const [first, second] = [await bob.send(group, 'one'), await bob.send(group, 'two')];
  await client.message(second.id);
  const before = client.messages.length;
  const key = { remoteJid: group.jid, fromMe: false, participant: bob.lidJid };

  await client.socket.requestPlaceholderResend({ ...key, id: first.id });
  const answer = await client.until(() =>
    client.messages.slice(before).find(({ message }) => message.key.id === first.id),
  );
  await client.socket.fetchMessageHistory(10, { ...key, id: second.id }, second.timestamp * 1000);
  const past = await client.until(() =>
    client.events('messaging-history.set').find(({ messages }) => messages.length > 0),
  );

  assert.equal(textOf(answer.message), 'one');
  assert.equal(answer.message.key.participant, bob.lidJid);
  assert.deepEqual(
    past.messages.map((message) => [textOf(message), message.key.remoteJid, message.key.participant]),
    [['one', group.jid, bob.lidJid]],
  );
});
