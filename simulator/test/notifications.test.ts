import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  blocklistNotification,
  businessNotification,
  contactsNotification,
  disappearingModeNotification,
  pictureNotification,
} from '@eazewa/simulator';
import { connectClient, linkClient } from './support/client.ts';
import { linkedAlice } from './support/linked-alice.ts';

const { simulator, alice, client } = await linkedAlice();
const bob = simulator.addPhone({ name: 'Bob' });

test('a client hears that a contact has another picture, or none', async () => {
  alice.notify(pictureNotification(bob.lidJid));
  alice.notify(pictureNotification(bob.jid, 'delete'));
  const changes = () =>
    client
      .events('contacts.update')
      .flat()
      .filter(({ imgUrl }) => imgUrl !== undefined);
  await client.until(() => changes().length === 2);
  assert.deepEqual(
    changes().map(({ id, imgUrl }) => [id, imgUrl]),
    [
      [bob.lidJid, 'changed'],
      [bob.jid, 'removed'],
    ],
  );
});

test('a client hears what its account has changed', async () => {
  alice.notify(blocklistNotification(bob.jid, 'block'));
  alice.notify(disappearingModeNotification(86_400, 1_700_000_000));
  await client.until(() => client.state.creds.accountSettings.defaultDisappearingMode !== undefined);
  assert.deepEqual(client.state.creds.accountSettings.defaultDisappearingMode, {
    ephemeralExpiration: 86_400,
    ephemeralSettingTimestamp: 1_700_000_000,
  });
  assert.deepEqual(client.events('blocklist.update'), [{ blocklist: [bob.jid], type: 'add' }]);
});

test('a client acknowledges what it does not read', async () => {
  await client.until(() => alice.companion?.queued === 0);
  alice.notify(businessNotification(bob.jid));
  alice.notify(contactsNotification(bob.jid));
  alice.notify({ type: 'never heard of', content: [] });
  assert.equal(alice.companion?.queued, 3);
  await client.until(() => alice.companion?.queued === 0);
});

test('any stanza can be put into the queue of the linked clients', async () => {
  const carol = simulator.addPhone({ name: 'Carol' });
  const first = await linkClient(simulator, carol);
  await first.stop();
  await simulator.whenDisconnected(carol);
  simulator.inject(carol, { tag: 'message', attrs: { from: bob.lidJid, type: 'text', t: '1' } });
  assert.equal(carol.companion?.queued, 1);
  const refused = simulator.counters.negativeAcks;

  const back = connectClient(simulator, first.state);
  await back.until(() => carol.companion?.queued === 0);

  assert.equal(simulator.counters.negativeAcks, refused + 1);
  await back.stop();
});

test('a stanza that no client acknowledges can be sent without the queue', async () => {
  const seen: string[] = [];
  client.socket.ws.on('frame', ({ tag }: { tag: string }) => seen.push(tag));
  simulator.inject(alice, { tag: 'unheard', attrs: {} }, { queued: false });
  await client.message((await bob.send(alice, 'what comes after it')).id);
  assert.ok(seen.includes('unheard'));
  await client.until(() => alice.companion?.queued === 0);
});
