import assert from 'node:assert/strict';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';

const world = await startWorld();
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
const instance = await world.link(shop, ['message_create', 'message_revoke_me']);

eventTest({ event: 'message_revoke_me', kind: 'received' }, async () => {
  const { id } = await carol.send(shop, 'to be deleted');
  await shop.waitForMessage(({ text }) => text === 'to be deleted');
  return deleted(id);
});

eventTest({ event: 'message_revoke_me', kind: 'own' }, async () => {
  const { id } = await shop.send(carol, 'a mistake');
  return deleted(id);
});

/** Deletes it on the own devices; it is told as it was. */
async function deleted(id: string) {
  const { message } = (await instance.body('message_create', (data) => data.message.id.id === id)).data;
  shop.settings.deleteForMe(id);
  const body = await instance.body('message_revoke_me', (data) => data.message.id.id === id);
  assert.deepEqual(body.data, { message });
  assert.deepEqual(Object.keys(body.data.message), Object.keys(message));
  return body;
}
