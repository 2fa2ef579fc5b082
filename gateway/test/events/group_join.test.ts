import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventTest } from './event-test.ts';
import { annaId, benId, shopId, startGroupWorld } from './group-world.ts';

const { world, instance, shop, anna, ben, expectNews } = await startGroupWorld([
  'group_join',
  'group_update',
]);
const { simulator } = world;

eventTest({ event: 'group_join', kind: 'somebody was added' }, async () => {
  const group = shop.createGroup('Club', [anna]);
  shop.promoteInGroup(group, anna);
  anna.addToGroup(group, ben);
  return expectNews('group_join', group, { type: 'add', author: annaId, recipientIds: [benId] });
});

eventTest({ event: 'group_join', kind: 'several were added at once' }, async () => {
  const group = shop.createGroup('Many');
  shop.addToGroup(group, anna, ben);
  return expectNews('group_join', group, { type: 'add', author: shopId, recipientIds: [annaId, benId] });
});

eventTest({ event: 'group_join', kind: 'by invite link' }, async () => {
  const group = shop.createGroup('Open house');
  ben.joins.byInvite(group.inviteCode);
  return expectNews('group_join', group, { type: 'invite', author: benId, recipientIds: [benId] });
});

eventTest({ event: 'group_join', kind: 'out of the community' }, async () => {
  const group = shop.createGroup('Part of the town');
  ben.joins.byCommunity(group);
  return expectNews('group_join', group, { type: 'linked_group_join', author: benId, recipientIds: [benId] });
});

eventTest({ event: 'group_join', kind: 'a request was approved' }, async () => {
  const group = shop.createGroup('Closed', [anna]);
  anna.joins.askToAdd(group, ben);
  shop.joins.approve(group, ben);
  return expectNews('group_join', group, { type: 'add', author: shopId, recipientIds: [benId] });
});

eventTest({ event: 'group_join', kind: 'the own number was added' }, async () => {
  const group = anna.createGroup('Surprise', [ben]);
  anna.addToGroup(group, shop);
  return expectNews('group_join', group, { type: 'add', author: annaId, recipientIds: [shopId] });
});

eventTest({ event: 'group_join', kind: 'the own number came by invite link' }, async () => {
  const group = anna.createGroup('Open to all');
  shop.joins.byInvite(group.inviteCode);
  return expectNews('group_join', group, { type: 'invite', author: shopId, recipientIds: [shopId] });
});

eventTest({ event: 'group_join', kind: 'the own number is in a new group' }, async () => {
  const group = anna.createGroup('Brand new', [shop]);
  const founded = await expectNews('group_update', group, {
    type: 'create',
    body: 'Brand new',
    author: annaId,
    recipientIds: [],
  });
  const joined = await expectNews('group_join', group, {
    type: 'add',
    author: annaId,
    recipientIds: [shopId],
  });
  assert.equal(joined.data.notification.id.id, `${founded.data.notification.id.id}-2`);
  return joined;
});

eventTest({ event: 'group_join', kind: 'in a group that names people by number' }, async () => {
  const group = shop.createGroup('Old', [], { addressing: 'pn' });
  shop.addToGroup(group, ben);
  return expectNews('group_join', group, { type: 'add', author: shopId, recipientIds: [benId] });
});

eventTest({ event: 'group_join', kind: 'somebody whose number is not known' }, async () => {
  const group = shop.createGroup('Hidden');
  const jid = '153978989985999@lid';
  simulator.inject(shop, {
    tag: 'notification',
    attrs: { from: group.jid, type: 'w:gp2', id: '5000-1', t: String(Math.floor(Date.now() / 1000)) },
    content: [{ tag: 'add', attrs: {}, content: [{ tag: 'participant', attrs: { jid } }] }],
  });
  return expectNews('group_join', group, { type: 'add', author: null, recipientIds: [jid] });
});

test('what happened while the instance was away is told once, in order', async () => {
  const group = shop.createGroup('Away', [anna]);
  simulator.stall(shop, 'login');
  simulator.disconnect(shop, 'tcp-drop');
  await simulator.whenDisconnected(shop);
  anna.leaveGroup(group);
  shop.addToGroup(group, ben);
  shop.changeGroup(group, { subject: 'Back' });
  simulator.unstall(shop);

  const { data } = await instance.body('group_update', ({ notification }) => notification.body === 'Back');
  assert.equal(data.notification.chatId, group.jid);
  assert.deepEqual(
    instance
      .requests()
      .map(({ body }) => body?.data as { notification?: { chatId: string; type: string } })
      .flatMap(({ notification }) => (notification?.chatId === group.jid ? [notification.type] : [])),
    ['create', 'add', 'subject'],
  );
});
