import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { proto } from 'baileys';
import type { Phone } from '@eazewa/simulator';
import { linkedAlice } from './support/linked-alice.ts';

const { simulator, alice, client } = await linkedAlice();
const bob = simulator.addPhone({ name: 'Bob' });
const group = alice.createGroup('Club', [bob]);

const poll = (name: string): proto.IMessage => ({
  messageContextInfo: { messageSecret: Buffer.alloc(32, 1) },
  pollCreationMessageV3: {
    name,
    options: [{ optionName: 'yes' }, { optionName: 'no' }],
    selectableOptionsCount: 1,
  },
});

for (const [name, to] of [
  ['a chat of two', bob],
  ['a group', group],
] as const) {
  test(`in ${name} both handsets show a reaction, its change and its end`, async () => {
    const { id } = await alice.send(to, 'look');
    await bob.react(id, '👍');
    await alice.react(id, '🙏');
    for (const phone of [alice, bob])
      assert.deepEqual(messageOn(phone, id).reactions, { [bob.number]: '👍', [alice.number]: '🙏' });
    await bob.react(id, '❤️');
    await alice.react(id, '');
    for (const phone of [alice, bob])
      assert.deepEqual(messageOn(phone, id).reactions, { [bob.number]: '❤️' });
  });

  test(`in ${name} both handsets show an edited text`, async () => {
    for (const form of ['plain', 'wrapped'] as const) {
      const { id } = await alice.send(to, 'one');
      await alice.edit(id, 'two', { form });
      for (const phone of [alice, bob]) {
        const { text, isEdited } = messageOn(phone, id);
        assert.deepEqual([text, isEdited], ['two', true]);
      }
    }
  });

  test(`in ${name} both handsets show a vote, its change and its end`, async () => {
    const { id } = await alice.send(to, poll('Well?'));
    await bob.vote(id, ['yes']);
    await alice.vote(id, ['yes']);
    await bob.vote(id, ['no']);
    for (const phone of [alice, bob])
      assert.deepEqual(messageOn(phone, id).votes, { [bob.number]: ['no'], [alice.number]: ['yes'] });
    await bob.vote(id, []);
    assert.deepEqual(messageOn(alice, id).votes, { [alice.number]: ['yes'] });
  });

  test(`in ${name} both handsets show that a message was deleted`, async () => {
    const { id } = await bob.send(to === bob ? alice : to, 'oops');
    await bob.deleteForEveryone(id);
    for (const phone of [alice, bob]) {
      const { text, content, isDeleted } = messageOn(phone, id);
      assert.deepEqual([text, content, isDeleted], [undefined, undefined, true]);
    }
  });

  test(`in ${name} a client hears of all of it as Baileys tells it`, async () => {
    const { id } = await bob.send(to === bob ? alice : to, 'from Bob');
    await client.message(id);
    await bob.react(id, '👍');
    const [reaction] = (await client.until(() => reactionsOf(id).at(-1))) ?? [];
    assert.equal(reaction?.reaction.text, '👍');
    assert.equal(reaction?.key.fromMe, false);
    await bob.edit(id, 'from Bob, edited');
    const edited = await client.until(() => updatesOf(id).find(({ message }) => message?.editedMessage));
    assert.equal(edited.message?.editedMessage?.message?.extendedTextMessage?.text, 'from Bob, edited');
    await bob.deleteForEveryone(id);
    await client.until(() => updatesOf(id).some(({ message }) => message === null));
  });

  test(`in ${name} handsets show what a client changes`, async () => {
    const chat = to === bob ? bob.lidJid : group.jid;
    const sent = await client.socket.sendMessage(chat, { text: 'from the client' });
    const key = sent?.key ?? {};
    const id = key.id ?? '';
    await bob.waitForMessage((message) => message.id === id);
    await client.socket.sendMessage(chat, { react: { text: '🎉', key } });
    await bob.waitForMessage((message) => message.id === id && message.reactions?.[alice.number] === '🎉');
    await client.socket.sendMessage(chat, { text: 'from the client, edited', edit: key });
    await bob.waitForMessage((message) => message.id === id && message.text === 'from the client, edited');
    await alice.waitForMessage((message) => message.id === id && message.isEdited === true);
    await client.socket.sendMessage(chat, { delete: key });
    await bob.waitForMessage((message) => message.id === id && message.isDeleted === true);
    await alice.waitForMessage((message) => message.id === id && message.isDeleted === true);
  });
}

test('the caption of a file is edited', async () => {
  const { id } = await alice.send(bob, { imageMessage: { mimetype: 'image/png', caption: 'one', url: 'x' } });
  await alice.edit(id, 'two');
  for (const phone of [alice, bob]) {
    const { content, isEdited } = messageOn(phone, id);
    assert.deepEqual(
      [content?.imageMessage?.caption, content?.imageMessage?.url, isEdited],
      ['two', 'x', true],
    );
  }
});

test('only an admin deletes what another member wrote, and nobody edits it', async () => {
  const { id } = await bob.send(group, 'mine');
  const other = await alice.send(group, 'hers');
  await assert.rejects(bob.deleteForEveryone(other), { code: 'not_an_admin' });
  await assert.rejects(alice.edit(id, 'ours'), { code: 'invalid_request' });
  await alice.deleteForEveryone(id);
  assert.equal(messageOn(bob, id).isDeleted, true);
});

test('what cannot be done is refused', async () => {
  const { id } = await bob.send(alice, 'no poll');
  await assert.rejects(alice.react('unknown', '👍'), { code: 'unknown_message' });
  await assert.rejects(alice.vote(id, ['yes']), { code: 'invalid_request' });
  const asked = await bob.send(alice, poll('Well?'));
  await assert.rejects(alice.vote(asked, ['maybe']), { code: 'invalid_request' });
});

function messageOn(phone: Phone, id: string) {
  const message = phone.messages.findLast((each) => each.id === id);
  assert.ok(message, `${phone.name} has no message ${id}`);
  return message;
}

function reactionsOf(id: string) {
  return client.events('messages.reaction').filter(([reaction]) => reaction?.key.id === id);
}

function updatesOf(id: string) {
  return client.updates.filter(({ key }) => key.id === id).map(({ update }) => update);
}
