import assert from 'node:assert/strict';
import type { GroupChange } from '@eazewa/simulator';
import { eventTest } from './event-test.ts';
import { annaId, benId, shopId, startGroupWorld } from './group-world.ts';

const { instance, shop, anna, ben, expectNews } = await startGroupWorld(['group_update']);

eventTest({ event: 'group_update', kind: 'create' }, async () => {
  const group = shop.createGroup('Club', [anna]);
  const expected = { type: 'create', body: 'Club', author: shopId, recipientIds: [] };
  return expectNews('group_update', group, expected);
});

/** Each change of a setting, with the type and the body that tell it. */
const changes: readonly [string, GroupChange, string, string][] = [
  ['subject', { subject: 'Club of 🌍' }, 'subject', 'Club of 🌍'],
  ['description', { description: 'About us' }, 'description', 'About us'],
  ['description removed', { description: '' }, 'description', ''],
  ['only admins write', { announce: true }, 'announce', 'on'],
  ['everybody writes', { announce: false }, 'announce', 'off'],
  ['only admins change settings', { locked: true }, 'restrict', 'on'],
  ['everybody changes settings', { locked: false }, 'restrict', 'off'],
  ['vanishing messages', { ephemeralSeconds: 86_400 }, 'ephemeral', '86400'],
  ['no vanishing messages', { ephemeralSeconds: 0 }, 'ephemeral', '0'],
  ['requests need approval', { approval: true }, 'membership_approval_mode', 'on'],
  ['requests need no approval', { approval: false }, 'membership_approval_mode', 'off'],
  ['everybody adds members', { openToAdding: true }, 'member_add_mode', 'all_member_add'],
  ['only admins add members', { openToAdding: false }, 'member_add_mode', 'admin_add'],
  ['picture removed', { picture: false }, 'picture', 'remove'],
  ['picture', { picture: true }, 'picture', 'set'],
];
for (const [kind, change, type, body] of changes) {
  eventTest({ event: 'group_update', kind }, async () => {
    const group = anna.createGroup('Club', [shop]);
    anna.changeGroup(group, change);
    return expectNews('group_update', group, { type, body, author: annaId, recipientIds: [] });
  });
}

eventTest({ event: 'group_update', kind: 'promote' }, async () => {
  const group = anna.createGroup('Club', [shop, ben]);
  anna.promoteInGroup(group, shop, ben);
  return expectNews('group_update', group, {
    type: 'promote',
    author: annaId,
    recipientIds: [shopId, benId],
  });
});

eventTest({ event: 'group_update', kind: 'demote' }, async () => {
  const group = anna.createGroup('Club', [shop, ben]);
  anna.promoteInGroup(group, ben);
  anna.demoteInGroup(group, ben);
  return expectNews('group_update', group, { type: 'demote', author: annaId, recipientIds: [benId] });
});

eventTest({ event: 'group_update', kind: 'invite link revoked' }, async () => {
  const group = anna.createGroup('Club', [shop]);
  const body = anna.joins.revokeInvite(group);
  return expectNews('group_update', group, { type: 'revoke_invite', body, author: annaId, recipientIds: [] });
});

eventTest({ event: 'group_update', kind: 'request to join' }, async () => {
  const group = shop.createGroup('Club');
  shop.changeGroup(group, { approval: true });
  ben.joins.byInvite(group.inviteCode);
  return expectNews('group_update', group, {
    type: 'membership_approval_request',
    author: benId,
    recipientIds: [benId],
  });
});

eventTest({ event: 'group_update', kind: 'request to add somebody' }, async () => {
  const group = shop.createGroup('Club', [anna]);
  anna.joins.askToAdd(group, ben);
  return expectNews('group_update', group, {
    type: 'created_membership_requests',
    author: annaId,
    recipientIds: [benId],
  });
});

eventTest({ event: 'group_update', kind: 'request rejected' }, async () => {
  const group = shop.createGroup('Club', [anna]);
  anna.joins.askToAdd(group, ben);
  shop.joins.reject(group, ben);
  return expectNews('group_update', group, {
    type: 'revoked_membership_requests',
    author: shopId,
    recipientIds: [benId],
  });
});

eventTest({ event: 'group_update', kind: 'request taken back' }, async () => {
  const group = shop.createGroup('Club', [anna]);
  anna.joins.askToAdd(group, ben);
  ben.joins.withdraw(group);
  return expectNews('group_update', group, {
    type: 'revoked_membership_requests',
    author: benId,
    recipientIds: [benId],
  });
});

eventTest({ event: 'group_update', kind: 'another number' }, async () => {
  const group = anna.createGroup('Club', [shop, ben]);
  ben.changeNumber('491709876543');
  const changed = '491709876543@c.us';
  const body = await instance.body('group_update', ({ notification }) => notification.type === 'modify');
  assert.equal(body.data.notification.chatId.endsWith('@g.us'), true);
  ben.changeNumber('491702222222');
  assert.deepEqual(body.data.notification.recipientIds, [changed]);
  assert.equal(body.data.notification.author, changed);
  assert.ok(group.has(ben.account));
  return body;
});

eventTest({ event: 'group_update', kind: 'in a group that names people by number' }, async () => {
  const group = anna.createGroup('Old', [shop], { addressing: 'pn' });
  anna.changeGroup(group, { subject: 'Older' });
  return expectNews('group_update', group, {
    type: 'subject',
    body: 'Older',
    author: annaId,
    recipientIds: [],
  });
});
