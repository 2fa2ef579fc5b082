import assert from 'node:assert/strict';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';

const world = await startWorld();
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
const instance = await world.link(shop, ['message']);
const bytes = Buffer.from('a small picture');

eventTest({ event: 'message', kind: 'image, file inside' }, async () => {
  const { body } = await instance.call('PUT', '/webhooks/main', { media: { inline: true } });
  assert.equal(body['status'], 'success', JSON.stringify(body));
  const { id } = await carol.sendMedia(shop, { kind: 'image', bytes, mimetype: 'image/png' });
  const told = await instance.body('message', ({ message }) => message.id.id === id);
  assert.deepEqual(told.data.media, {
    mimetype: 'image/png',
    data: bytes.toString('base64'),
    filesize: bytes.length,
  });
  return told;
});

eventTest({ event: 'message', kind: 'image, file expired' }, async () => {
  // The own handset is asked to upload again, and says nothing.
  shop.answersMediaRetries = false;
  simulator.media.fail('refuse');
  const { id } = await carol.sendMedia(shop, {
    kind: 'image',
    bytes: Buffer.from('gone'),
    mimetype: 'image/png',
  });
  const told = await instance.body('message', ({ message }) => message.id.id === id);
  simulator.media.heal();
  assert.equal(told.data.media, null);
  assert.equal(told.data.message.hasMedia, true);
  return told;
});
