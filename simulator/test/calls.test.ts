import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '@eazewa/simulator';
import { connectClient, linkClient } from './support/client.ts';
import { linkedAlice } from './support/linked-alice.ts';

const { simulator, alice, client } = await linkedAlice();
const bob = simulator.addPhone({ name: 'Bob' });

const endings: [string, (call: Call) => void, string][] = [
  ['is taken elsewhere', (call) => call.accept(), 'accept'],
  ['ends', (call) => call.terminate(), 'terminate'],
  ['nobody takes', (call) => call.timeout(), 'timeout'],
];
for (const [how, end, status] of endings) {
  for (const kind of ['voice', 'video', 'group'] as const) {
    test(`a ${kind} call that ${how} is heard from its beginning to its end`, async () => {
      const group = '120363000000000009@g.us';
      const call = bob.call(alice, { video: kind === 'video', ...(kind === 'group' && { group }) });
      const [offer] = await client.until(() => eventsOf(call).length > 0 && eventsOf(call));
      end(call);
      await client.until(() => eventsOf(call).some((event) => event.status === status));

      assert.deepEqual(
        [offer?.status, offer?.from, offer?.callerPn, offer?.isVideo, offer?.isGroup, offer?.groupJid],
        [
          'offer',
          bob.lidJid,
          bob.jid,
          kind === 'video',
          kind === 'group',
          kind === 'group' ? group : undefined,
        ],
      );
      await client.until(() => alice.companion?.queued === 0);
    });
  }
}

test('a client can refuse a call', async () => {
  const call = bob.call(alice, { addressing: 'pn' });
  const [offer] = await client.until(() => eventsOf(call).length > 0 && eventsOf(call));
  assert.equal(call.isRejected, false);
  await client.socket.rejectCall(call.id, offer?.from ?? '');
  assert.equal(call.isRejected, true);
});

test('a call waits for a client that is away, and is announced as one', async () => {
  const carol = simulator.addPhone({ name: 'Carol' });
  const first = await linkClient(simulator, carol);
  await first.stop();
  await simulator.whenDisconnected(carol);
  const call = bob.call(carol);
  call.timeout();
  const announced: (string | undefined)[] = [];
  simulator.on('stanza', ({ number, stanza }) => {
    const [inner] = stanza.tag === 'ib' && Array.isArray(stanza.content) ? stanza.content : [];
    if (number === carol.number && inner?.tag === 'offline_preview') announced.push(inner.attrs['call']);
  });

  const back = connectClient(simulator, first.state);
  await back.until(() =>
    back
      .events('call')
      .flat()
      .some(({ status, offline }) => status === 'timeout' && offline),
  );
  assert.deepEqual(announced, ['2']);
  await back.stop();
});

function eventsOf(call: Call) {
  return client
    .events('call')
    .flat()
    .filter(({ id }) => id === call.id);
}
