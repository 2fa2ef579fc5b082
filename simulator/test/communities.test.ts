import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlClient } from '@eazewa/simulator';
import { linkedAlice } from './support/linked-alice.ts';
import { textOf } from './support/client.ts';

const { simulator, alice, client } = await linkedAlice({}, { controlPort: 0 });
const [bob, carol] = [simulator.addPhone({ name: 'Bob' }), simulator.addPhone({ name: 'Carol' })];

test('a group comes into a community with its members, who get its announcements', async () => {
  const community = bob.communities.create('Village');
  const group = bob.createGroup('Singers', [alice, carol]);
  bob.communities.link(community, group);
  const { announcements } = community;
  assert.ok(announcements);

  const { id } = await bob.send(announcements, 'hear, hear');
  const received = await client.message(id);
  assert.deepEqual([received.key.remoteJid, textOf(received)], [announcements.jid, 'hear, hear']);
  assert.equal((await carol.waitForMessage((message) => message.id === id)).text, 'hear, hear');
  await assert.rejects(carol.send(announcements, 'me too'), { code: 'not_an_admin' });

  const [whole, part, open] = await Promise.all(
    [community, announcements, group].map(({ jid }) => client.socket.groupMetadata(jid)),
  );
  assert.deepEqual([whole?.isCommunity, whole?.linkedParent], [true, undefined]);
  assert.deepEqual([part?.isCommunityAnnounce, part?.linkedParent], [true, community.jid]);
  assert.deepEqual([open?.isCommunityAnnounce, open?.linkedParent], [false, community.jid]);
  const linked = await client.socket.communityFetchLinkedGroups(community.jid);
  assert.deepEqual(
    linked.linkedGroups.map(({ id: jid, subject }) => [jid, subject]),
    [
      [announcements.jid, 'Village'],
      [group.jid, 'Singers'],
    ],
  );
  bob.communities.unlink(community, group);
  assert.equal((await client.socket.groupMetadata(group.jid)).linkedParent, undefined);
});

test('clients found communities, link groups and found groups in them', async () => {
  const { id: jid } = (await client.socket.communityCreate('Town', '')) ?? {};
  const community = simulator.group(jid ?? '');
  const group = alice.createGroup('Dancers', [bob]);
  await client.socket.communityLinkGroup(group.jid, community.jid);
  assert.equal(group.community, community);
  assert.ok(community.members.some(({ number }) => number === bob.number));
  await client.socket.communityUnlinkGroup(group.jid, community.jid);
  assert.equal(group.community, undefined);
  const founded = await client.socket.communityCreateGroup('Painters', [carol.lidJid], community.jid);
  assert.equal(simulator.group(founded?.id ?? '').community, community);
  await assert.rejects(client.socket.communityLinkGroup(community.announcements?.jid ?? '', community.jid));
});

test('only admins of both link a group, and only into a community', async () => {
  const community = bob.communities.create('Village');
  const group = carol.createGroup('Singers', [bob]);
  assert.throws(() => bob.communities.link(community, group), { code: 'not_an_admin' });
  assert.throws(() => carol.communities.link(community, group), { code: 'not_a_member' });
  assert.throws(() => carol.communities.link(group, group), { code: 'invalid_request' });
  assert.throws(() => bob.communities.unlink(community, group), { code: 'invalid_request' });
});

test('communities are founded and linked by requests', async () => {
  const control = new ControlClient(simulator.controlUrl ?? '');
  const { jid, announcements } = await control.createCommunity(bob.number, 'City');
  const group = await control.createGroup(bob.number, 'Runners', [carol.number]);
  assert.equal((await control.linkGroup(bob.number, jid, group.jid)).community, jid);
  assert.equal(simulator.group(announcements ?? '').community?.jid, jid);
  assert.equal((await control.unlinkGroup(bob.number, jid, group.jid)).community, undefined);
});
