import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSimulator } from '@eazewa/simulator';
import type { Simulator, Stanza } from '@eazewa/simulator';
import { connectClient, linkClient, textOf } from './support/client.ts';

let simulator: Simulator;
before(async () => {
  simulator = await startSimulator();
});
after(() => simulator.stop());

for (const offlineCount of ['announced', 'sent'] as const) {
  test(`what the server loses is announced and never comes; the end counts what was ${offlineCount}`, async () => {
    const [alice, bob] = [simulator.addPhone({ name: 'Alice' }), simulator.addPhone({ name: 'Bob' })];
    const client = await linkClient(simulator, alice);
    await client.stop();
    await simulator.whenDisconnected(alice);
    const sent: { id: string }[] = [];
    for (const text of ['one', 'two', 'three']) sent.push(await bob.send(alice, text));
    const broadcasts: Stanza[] = [];
    simulator.on('stanza', ({ direction, number, stanza }) => {
      if (direction === 'out' && number === alice.number && stanza.tag === 'ib') broadcasts.push(stanza);
    });

    const lost = simulator.loseQueued(alice, {
      offlineCount,
      predicate: ({ attrs }) => attrs['id'] === sent[1]?.id,
    });
    const back = connectClient(simulator, client.state);
    await back.message('three');
    await back.until(() => back.connectionUpdates.some((update) => update.receivedPendingNotifications));
    await back.until(() => alice.companion?.queued === 0);

    assert.deepEqual(
      lost.map(({ tag, attrs }) => [tag, attrs['id']]),
      [['message', sent[1]?.id]],
    );
    assert.deepEqual(
      back.messages.map(({ message }) => textOf(message)),
      ['one', 'three'],
    );
    const [preview, end] = broadcasts.flatMap(({ content }) => (Array.isArray(content) ? content : []));
    assert.deepEqual([preview?.attrs['count'], preview?.attrs['message']], ['3', '3']);
    assert.equal(end?.attrs['count'], offlineCount === 'announced' ? '3' : '2');
    assert.equal(alice.messages.length, 3);
    await back.stop();
    await simulator.whenDisconnected(alice);

    // A loss is announced once.
    const again = connectClient(simulator, back.state);
    await again.until(() => again.connectionUpdates.some((update) => update.receivedPendingNotifications));
    assert.equal(broadcasts.length, 3);
    await again.stop();
  });
}

test('a loss of everything is announced too', async () => {
  const [alice, bob] = [simulator.addPhone({ name: 'Alice' }), simulator.addPhone({ name: 'Bob' })];
  const client = await linkClient(simulator, alice);
  await client.stop();
  await simulator.whenDisconnected(alice);
  await bob.send(alice, 'one');
  const seen: Stanza[] = [];
  simulator.on('stanza', ({ direction, number, stanza }) => {
    if (direction === 'out' && number === alice.number && stanza.tag !== 'iq') seen.push(stanza);
  });

  assert.equal(simulator.loseQueued(alice).length, 1);
  const back = connectClient(simulator, client.state);
  await back.until(() => back.connectionUpdates.some((update) => update.receivedPendingNotifications));

  const tags = seen.flatMap(({ tag, content }) => [
    tag,
    ...(Array.isArray(content) ? content : []).map((c) => c.tag),
  ]);
  assert.deepEqual(tags, ['success', 'ib', 'offline_preview', 'ib', 'offline']);
  await back.stop();
});
