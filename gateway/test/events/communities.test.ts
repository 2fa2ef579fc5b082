import assert from 'node:assert/strict';
import { eventTest } from './event-test.ts';
import { annaId, shopId, startGroupWorld } from './group-world.ts';

// A community is a group of groups: what happens in it is told of these.
const { instance, shop, anna, ben, expectNews } = await startGroupWorld([
  'message',
  'group_join',
  'group_update',
]);

eventTest({ event: 'group_update', kind: 'community founded' }, async () => {
  const community = shop.communities.create('Village');
  const expected = { type: 'create', body: 'Village', author: shopId, recipientIds: [] };
  await expectNews('group_update', community.announcements!, expected);
  return expectNews('group_update', community, expected);
});

eventTest({ event: 'group_update', kind: 'group linked to the community' }, async () => {
  const { community, group } = linked();
  return expectNews('group_update', community, {
    type: 'sub_group_link',
    body: group.jid,
    author: annaId,
    recipientIds: [],
  });
});

eventTest({ event: 'group_update', kind: 'community that the group is linked to' }, async () => {
  const { community, group } = linked();
  return expectNews('group_update', group, {
    type: 'parent_group_link',
    body: community.jid,
    author: annaId,
    recipientIds: [],
  });
});

eventTest({ event: 'group_update', kind: 'group unlinked from the community' }, async () => {
  const { community, group } = linked();
  anna.communities.unlink(community, group);
  const common = { author: annaId, recipientIds: [] };
  await expectNews('group_update', group, { type: 'parent_group_unlink', body: community.jid, ...common });
  return expectNews('group_update', community, { type: 'sub_group_unlink', body: group.jid, ...common });
});

eventTest({ event: 'group_join', kind: 'into the announcements of a community' }, async () => {
  const { community } = linked('Singers', false);
  const expected = { type: 'add', author: annaId, recipientIds: [shopId] };
  await expectNews('group_join', community, expected);
  return expectNews('group_join', community.announcements!, expected);
});

eventTest({ event: 'message', kind: 'announcement in a community' }, async () => {
  const { community } = linked('Dancers', false);
  const { announcements } = community;
  assert.ok(announcements);
  const { id } = await anna.send(announcements, 'hear, hear');
  const body = await instance.body('message', ({ message }) => message.id.id === id);
  const { from, author, body: text } = body.data.message;
  assert.deepEqual([from, author, text], [announcements.jid, annaId, 'hear, hear']);
  return body;
});

/** A group of Anna's that she links to her community, in which the shop is already, or comes with the group. */
function linked(subject = 'Singers', isMember = true) {
  const community = anna.communities.create('Village');
  if (isMember) anna.addToGroup(community, shop);
  const group = anna.createGroup(subject, [shop, ben]);
  anna.communities.link(community, group);
  return { community, group };
}
