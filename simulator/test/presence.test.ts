import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkedAlice } from './support/linked-alice.ts';

const { simulator, alice, client } = await linkedAlice();
const bob = simulator.addPhone({ name: 'Bob' });
const group = bob.createGroup('Club', [alice]);
const heard = () => client.events('presence.update');

for (const addressing of ['lid', 'pn'] as const) {
  test(`a client hears under ${addressing} that somebody types, records and stops`, async () => {
    const before = heard().length;
    const jid = addressing === 'lid' ? bob.lidJid : bob.jid;
    bob.presence.type(alice, addressing);
    bob.presence.record(alice, addressing);
    bob.presence.pause(alice, addressing);
    await client.until(() => heard().length === before + 3);
    assert.deepEqual(
      heard().slice(before),
      ['composing', 'recording', 'available'].map((lastKnownPresence) => ({
        id: jid,
        presences: { [jid]: { lastKnownPresence } },
      })),
    );
  });
}

test('typing in a group names who types', async () => {
  bob.presence.type(group);
  await client.until(() => heard().some(({ id }) => id === group.jid));
  assert.deepEqual(heard().at(-1), {
    id: group.jid,
    presences: { [bob.lidJid]: { lastKnownPresence: 'composing' } },
  });
});

test('a client that has asked hears when somebody comes and goes', async () => {
  const before = heard().length;
  bob.presence.show();
  await client.socket.presenceSubscribe(bob.jid);
  await client.until(() => heard().length === before + 1);
  bob.presence.show(false);
  await client.until(() => heard().length === before + 2);
  const [online, away] = heard()
    .slice(before)
    .map(({ presences }) => presences[bob.jid]);
  assert.equal(online?.lastKnownPresence, 'available');
  assert.equal(away?.lastKnownPresence, 'unavailable');
  assert.equal(typeof away.lastSeen, 'number');
});

test('a phone sees what a client shows and types', async () => {
  bob.presence.subscribe(alice);
  await client.socket.sendPresenceUpdate('available');
  await bob.presence.waitFor(alice, ({ isOnline }) => isOnline === true);
  await client.socket.sendPresenceUpdate('composing', bob.jid);
  await bob.presence.waitFor(alice, ({ activity }) => activity === 'composing');
  await client.socket.sendPresenceUpdate('recording', bob.lidJid);
  await bob.presence.waitFor(alice, ({ activity }) => activity === 'recording');
  await client.socket.sendPresenceUpdate('paused', bob.jid);
  await bob.presence.waitFor(alice, ({ activity }) => activity === 'paused');
  await client.socket.sendPresenceUpdate('unavailable');
  const gone = await bob.presence.waitFor(alice, ({ isOnline }) => isOnline === false);
  assert.equal(typeof gone.lastSeen, 'number');
});
