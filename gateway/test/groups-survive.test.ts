import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWorld } from './support/world.ts';

test('a message that comes while WhatsApp still replays older ones is decrypted after them', async () => {
  const world = await startWorld();
  const { simulator } = world;
  const shop = simulator.addPhone({ name: 'Shop' });
  const anna = simulator.addPhone({ name: 'Anna' });
  const instance = await world.link(shop, ['message']);
  const group = anna.createGroup('Friends', [shop]);
  await world.stopGateway();
  for (let number = 1; number <= 20; number++) await anna.send(shop, `while away ${number}`);
  // It brings the key that the next one in the group needs.
  await anna.sendToGroup(group, 'first in the group');
  const stop = simulator.on('stanza', ({ direction, stanza }) => {
    const { content } = stanza;
    if (direction !== 'out' || stanza.tag !== 'ib' || !Array.isArray(content)) return;
    if (!content.some(({ tag }) => tag === 'offline')) return;
    stop();
    void anna.sendToGroup(group, 'second in the group');
  });
  await world.startGateway();
  await instance.message('second in the group');
  assert.equal(simulator.counters.retryReceiptsFromCompanions, 0);
  const inGroup = instance.texts().filter((text) => text.endsWith('in the group'));
  assert.deepEqual(inGroup, ['first in the group', 'second in the group']);
});

test('a group message that was lost on its way is sent again with the key that its readers need', async () => {
  const world = await startWorld();
  const { simulator } = world;
  const shop = simulator.addPhone({ name: 'Shop' });
  const anna = simulator.addPhone({ name: 'Anna' });
  const instance = await world.link(shop, ['ready']);
  const group = anna.createGroup('Friends', [shop]);
  // The keys of the members' devices are the last that is asked for: what follows, the message, gets lost.
  let lastQuery: string | undefined;
  const stop = simulator.on('stanza', ({ direction, stanza: { tag, attrs } }) => {
    if (tag !== 'iq') return;
    if (direction === 'in' && attrs['xmlns'] === 'encrypt') lastQuery = attrs['id'];
    if (direction !== 'out' || lastQuery === undefined || attrs['id'] !== lastQuery) return;
    stop();
    simulator.disconnect(shop, 'silence');
  });
  // It answers after ten seconds, without WhatsApp's ack: by then the message has left for nowhere.
  await instance.act('send-message', { chatId: group.jid, message: 'hello' });
  simulator.disconnect(shop, 'tcp-drop');
  const message = await anna.waitForMessage(({ text }) => text === 'hello', 60_000);
  assert.equal(message.failedDecryptions, 0);
  assert.equal(simulator.counters.undecryptable, 0);
});
