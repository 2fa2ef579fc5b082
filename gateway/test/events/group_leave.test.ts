import { eventTest } from './event-test.ts';
import { annaId, benId, shopId, startGroupWorld } from './group-world.ts';

const { shop, anna, ben, expectNews } = await startGroupWorld(['group_leave']);

eventTest({ event: 'group_leave', kind: 'somebody was removed' }, async () => {
  const group = anna.createGroup('Club', [shop, ben]);
  anna.removeFromGroup(group, ben);
  return expectNews('group_leave', group, { type: 'remove', author: annaId, recipientIds: [benId] });
});

eventTest({ event: 'group_leave', kind: 'several were removed at once' }, async () => {
  const group = shop.createGroup('Club', [anna, ben]);
  shop.removeFromGroup(group, anna, ben);
  return expectNews('group_leave', group, { type: 'remove', author: shopId, recipientIds: [annaId, benId] });
});

eventTest({ event: 'group_leave', kind: 'somebody has left' }, async () => {
  const group = anna.createGroup('Club', [shop, ben]);
  ben.leaveGroup(group);
  return expectNews('group_leave', group, { type: 'leave', author: benId, recipientIds: [benId] });
});

eventTest({ event: 'group_leave', kind: 'the own number was removed' }, async () => {
  const group = anna.createGroup('Club', [shop, ben]);
  anna.removeFromGroup(group, shop);
  return expectNews('group_leave', group, { type: 'remove', author: annaId, recipientIds: [shopId] });
});

eventTest({ event: 'group_leave', kind: 'the own number has left' }, async () => {
  const group = anna.createGroup('Club', [shop, ben]);
  shop.leaveGroup(group);
  return expectNews('group_leave', group, { type: 'leave', author: shopId, recipientIds: [shopId] });
});

eventTest({ event: 'group_leave', kind: 'in a group that names people by number' }, async () => {
  const group = anna.createGroup('Old', [shop, ben], { addressing: 'pn' });
  ben.leaveGroup(group);
  return expectNews('group_leave', group, { type: 'leave', author: benId, recipientIds: [benId] });
});
