import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stanza } from '../src/events/translation.ts';
import { drawStanza } from './fuzz/draw-stanza.ts';
import { drawing } from './support/drawing.ts';
import { startWorld } from './support/world.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? 1);
const world = await startWorld();
const { simulator } = world;

/** What ends a connection by its meaning: it is told as that, and is no malformed news. */
const ending = new Set(['success', 'failure', 'stream:error', 'stream:features', 'xmlstreamend', 'ib']);

test('whatever stanzas WhatsApp sends, everything around them goes on and nothing is lost', async (t) => {
  const shop = simulator.addPhone({ name: 'Shop', number: '491709999999', lid: '900000000000001' });
  const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
  const eve = simulator.addPhone({ name: 'Eve', number: '491701230000', lid: '153978989980000' });
  const instance = await world.link(shop, ['message', 'message_create', 'message_ack']);
  const draw = drawing(seed);
  const sent: Record<string, number> = {};
  for (let round = 0; round < 20; round++) {
    await eve.send(shop, `eve ${round}`);
    await carol.send(shop, `carol ${round}`);
    for (let count = 0; count < 20; count++) {
      const stanza = drawStanza(draw);
      if (!ending.has(stanza.tag) && injected(stanza)) sent[stanza.tag] = (sent[stanza.tag] ?? 0) + 1;
    }
  }
  t.diagnostic(JSON.stringify(sent));
  for (const tag of ['message', 'receipt', 'notification', 'call', 'ack'])
    assert.ok((sent[tag] ?? 0) > 10, tag);

  // Eve's chat waits for nobody.
  await instance.message('eve 19');
  // Carol's may wait for messages under her name that Baileys never decrypts: at the latest until the next login.
  simulator.disconnect(shop, 'stream-end');
  await simulator.whenDisconnected(shop);
  await eve.send(shop, 'eve 20');
  await carol.send(shop, 'carol 20');
  await instance.message('eve 20');
  await instance.message('carol 20');
  for (const name of ['eve', 'carol']) {
    const texts = instance.texts().filter((text) => text.startsWith(`${name} `));
    assert.deepEqual(
      texts,
      Array.from({ length: 21 }, (_, number) => `${name} ${number}`),
    );
  }
  await instance.untilStatus('ready');
  const answer = await instance.act('send-message', { chatId: `${eve.number}@c.us`, message: 'still here' });
  assert.equal(answer['status'], 'success', JSON.stringify(answer));
  const { body } = await instance.call('GET', '/inbox');
  assert.equal((body['inbox'] as { waiting: { count: number } }).waiting.count, 0, JSON.stringify(body));

  /** Whether the wire's own form can say it. */
  function injected(stanza: Stanza): boolean {
    try {
      simulator.inject(shop, stanza as Parameters<typeof simulator.inject>[1], { queued: false });
      return true;
    } catch {
      return false;
    }
  }
});
