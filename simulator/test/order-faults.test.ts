import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSimulator } from '@eazewa/simulator';
import type { Phone, Simulator, Stanza } from '@eazewa/simulator';
import { connectClient, linkClient } from './support/client.ts';

let simulator: Simulator;
let alice: Phone;
let bob: Phone;
before(async () => {
  simulator = await startSimulator();
  [alice, bob] = [simulator.addPhone({ name: 'Alice' }), simulator.addPhone({ name: 'Bob' })];
});
after(() => simulator.stop());

test("the receipt of a client's message comes before its ack when the ack is held back", async () => {
  const client = await linkClient(simulator, alice);
  const seen = sentToAlice();
  const acks = simulator.holdAcks(alice);

  const id = (await client.socket.sendMessage(bob.jid, { text: 'hello' }))?.key.id ?? '';
  await client.status(id, 'delivered');
  const about = () => seen.filter(({ attrs }) => attrs['id'] === id && attrs['type'] !== 'sender');
  assert.deepEqual(
    about().map(({ tag }) => tag),
    ['receipt'],
  );
  acks.release();

  assert.deepEqual(
    about().map(({ tag }) => tag),
    ['receipt', 'ack'],
  );
  await client.stop();
});

test('a live message comes in the middle of a replay that is held back', async () => {
  const client = await linkClient(simulator, alice);
  await client.stop();
  await simulator.whenDisconnected(alice);
  const queued: string[] = [];
  for (const text of ['one', 'two', 'three']) queued.push((await bob.send(alice, text)).id);
  const seen = sentToAlice();
  const held = simulator.holdReplay(alice, { after: 2 });

  const back = connectClient(simulator, client.state);
  await held.reached;
  const live = await bob.send(alice, 'live');
  held.release();
  await back.message('three');
  await back.message('live');

  const order = seen.flatMap(({ tag, attrs }) =>
    tag === 'message' ? [[attrs['id'], attrs['offline'] !== undefined]] : [],
  );
  assert.deepEqual(order, [
    [queued[0], true],
    [queued[1], true],
    [live.id, false],
    [queued[2], true],
  ]);
  await back.until(() => back.connectionUpdates.some((update) => update.receivedPendingNotifications));
  await back.stop();
});

function sentToAlice(): Stanza[] {
  const stanzas: Stanza[] = [];
  simulator.on('stanza', ({ direction, number, stanza }) => {
    if (direction === 'out' && number === alice.number) stanzas.push(stanza);
  });
  return stanzas;
}
