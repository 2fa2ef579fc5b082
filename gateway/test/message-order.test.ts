import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWorld } from './support/world.ts';

test(
  'a message that comes while WhatsApp still replays older ones is decrypted after them',
  { timeout: 120_000 },
  async () => {
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
  },
);
