import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlClient, startSimulator, type Group, type Stanza } from '@eazewa/simulator';
import { after } from 'node:test';
import { textOf } from './support/client.ts';
import { linkedAlice } from './support/linked-alice.ts';

const { simulator, alice, client } = await linkedAlice();

test('a client hears who comes by the invite link, and that the link was revoked', async () => {
  const { group, changes } = watchedGroup();
  const carol = simulator.addPhone({ name: 'Carol' });
  const code = await client.socket.groupInviteCode(group.jid);
  assert.equal(code, group.inviteCode);

  carol.joins.byInvite(group.inviteCode);
  await client.socket.groupRevokeInvite(group.jid);

  await client.until(() => changes().length === 2);
  const [joined, revoked] = changes();
  assert.deepEqual(joined, {
    tag: 'add',
    attrs: { reason: 'invite' },
    content: [{ tag: 'participant', attrs: { jid: carol.lidJid, phone_number: carol.jid } }],
  });
  assert.deepEqual(revoked, { tag: 'invite', attrs: { code: group.inviteCode } });
  assert.notEqual(group.inviteCode, code);
  assert.throws(() => simulator.addPhone({ name: 'Late' }).joins.byInvite(code ?? ''), {
    code: 'unknown_group',
  });
});

test('a client comes by an invite link, and is told of the whole group', async () => {
  const bob = simulator.addPhone({ name: 'Bob' });
  const group = bob.createGroup('Open house');
  const joined: unknown[] = [];
  client.socket.ev.on('groups.upsert', (groups) => {
    joined.push(...groups.filter(({ id }) => id === group.jid));
  });

  const info = await client.socket.groupGetInviteInfo(group.inviteCode);
  assert.equal(info.subject, 'Open house');
  assert.equal(await client.socket.groupAcceptInvite(group.inviteCode), group.jid);

  await client.until(() => joined.length === 1);
  assert.ok(group.has(alice.account));
});

test('who asks to join waits for an admin: let in, refused, or taken back', async () => {
  const { group, changes } = watchedGroup();
  const [one, two, three, four] = ['One', 'Two', 'Three', 'Four'].map((name) => simulator.addPhone({ name }));
  assert.ok(one && two && three && four);
  const requests: unknown[] = [];
  client.socket.ev.on('group.join-request', ({ id, action }) => {
    if (id === group.jid) requests.push(action);
  });
  await client.socket.groupJoinApprovalMode(group.jid, 'on');
  for (const phone of [one, two, three]) phone.joins.byInvite(group.inviteCode);
  four.joins.byCommunity(group);
  assert.deepEqual(
    (await client.socket.groupRequestParticipantsList(group.jid)).map(({ jid }) => jid),
    [one, two, three, four].map(({ lidJid }) => lidJid),
  );

  await client.socket.groupRequestParticipantsUpdate(group.jid, [one.lidJid], 'approve');
  alice.joins.reject(group, two);
  three.joins.withdraw(group);
  assert.throws(() => three.joins.withdraw(group), { code: 'not_a_member' });

  await client.until(() => changes().length === 8);
  assert.deepEqual(
    changes().map(({ tag, attrs }) => [tag, attrs['request_method']]),
    [
      ['membership_approval_mode', undefined],
      ['created_membership_requests', 'invite_link'],
      ['created_membership_requests', 'invite_link'],
      ['created_membership_requests', 'invite_link'],
      ['created_membership_requests', 'linked_group_join'],
      ['add', undefined],
      ['revoked_membership_requests', undefined],
      ['revoked_membership_requests', undefined],
    ],
  );
  assert.deepEqual([group.has(one.account), group.has(two.account)], [true, false]);
  assert.deepEqual([...group.requests.keys()], [four.account]);
  await client.until(() => requests.length === 6);
});

test('a client switches vanishing messages and who may add members', async () => {
  const { bob, group } = watchedGroup();
  const dave = simulator.addPhone({ name: 'Dave' });
  assert.throws(() => bob.addToGroup(group, dave), { code: 'not_an_admin' });

  await client.socket.groupToggleEphemeral(group.jid, 86_400);
  await client.socket.groupMemberAddMode(group.jid, 'all_member_add');
  bob.addToGroup(group, dave);

  const metadata = await client.socket.groupMetadata(group.jid);
  assert.deepEqual([metadata.ephemeralDuration, metadata.memberAddMode], [86_400, true]);
  await client.socket.groupToggleEphemeral(group.jid, 0);
  assert.equal((await client.socket.groupMetadata(group.jid)).ephemeralDuration, undefined);
});

test('a member with another number is told of under it, and its LID stays', async () => {
  const { bob, group, changes } = watchedGroup();
  bob.changeNumber('4917099990001');

  await client.until(() => changes().length === 1);
  assert.deepEqual(changes(), [
    {
      tag: 'modify',
      attrs: {},
      content: [
        { tag: 'participant', attrs: { jid: bob.lidJid, phone_number: '4917099990001@s.whatsapp.net' } },
      ],
    },
  ]);
  assert.equal(simulator.phone('4917099990001'), bob);
  assert.throws(() => alice.changeNumber('4917099990002'), { code: 'invalid_request' });
  assert.ok(group.members.some(({ number }) => number === '4917099990001'));
});

test('in a group that names its members by number, messages go both ways and receipts come back', async () => {
  const bob = simulator.addPhone({ name: 'Bob' });
  const carol = simulator.addPhone({ name: 'Carol' });
  const group = alice.createGroup('Old', [bob, carol], { addressing: 'pn' });

  const received = await client.message((await bob.send(group, 'hello')).id);
  assert.deepEqual(
    [textOf(received), received.key.participant, received.key.participantAlt],
    ['hello', bob.jid, bob.lidJid],
  );
  await client.socket.sendMessage(group.jid, { text: 'hello all' });
  await carol.waitForMessage(({ text }) => text === 'hello all');
  const atHome = await alice.waitForMessage(({ text }) => text === 'hello all');
  await client.until(() => atHome.status === 'delivered');
});

test('all of it goes over HTTP', async () => {
  const other = await startSimulator({ controlPort: 0 });
  after(() => other.stop());
  const control = new ControlClient(other.controlUrl ?? '');
  const [one, two, three] = ['One', 'Two', 'Three'].map((name) => other.addPhone({ name }));
  assert.ok(one && two && three);
  const { jid } = await control.createGroup(one.number, 'Club', []);
  const code = await control.inviteCode(one.number, jid);
  assert.equal((await control.joinByInvite(two.number, code)).members.length, 2);
  assert.notEqual(await control.revokeInvite(one.number, jid), code);
  await control.changeGroup(one.number, jid, {
    approval: true,
    ephemeralSeconds: 86_400,
    openToAdding: false,
  });
  const asked = await control.joinByCommunity(three.number, jid);
  assert.deepEqual(asked.requests, [{ number: three.number, method: 'linked_group_join' }]);
  await control.answerRequests(one.number, jid, 'reject', three.number);
  await control.askToAdd(two.number, jid, three.number);
  assert.equal((await control.withdrawRequest(three.number, jid)).requests.length, 0);
  await control.askToAdd(two.number, jid, three.number);
  const group = await control.answerRequests(one.number, jid, 'approve', three.number);
  assert.deepEqual(
    [group.members.length, group.isApprovalRequired, group.ephemeralSeconds, group.addressing],
    [3, true, 86_400, 'lid'],
  );
  assert.equal((await control.changeNumber(three.number, '4917099990003')).number, '4917099990003');
});

/** A group of Alice with Bob, and the changes of it that Alice's client was told since, oldest first. */
function watchedGroup() {
  const bob = simulator.addPhone({ name: 'Bob' });
  const group: Group = alice.createGroup('Club', [bob]);
  const changes: Stanza[] = [];
  simulator.on('stanza', ({ direction, number, stanza }) => {
    if (direction !== 'out' || number !== alice.number || stanza.attrs['from'] !== group.jid) return;
    if (stanza.tag === 'notification' && Array.isArray(stanza.content)) changes.push(...stanza.content);
  });
  return { bob, group, changes: () => changes.filter(({ tag }) => tag !== 'create') };
}
