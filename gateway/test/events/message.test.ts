import assert from 'node:assert/strict';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';

const world = await startWorld();
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
const instance = await world.link(shop, ['message']);

eventTest({ event: 'message', kind: 'text' }, async () => {
  const { id } = await carol.send(shop, 'hello');
  const body = await instance.body('message', ({ message }) => message.id.id === id);
  assert.equal(body.data.message.body, 'hello');
  return body;
});
