import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, test } from 'node:test';
import { startReceiver } from '../src/delivery/testing/receiver.ts';
import { startWorld } from './support/world.ts';

const key = Buffer.alloc(32, 7);

test('a webhook that does not answer is told to the operator, signed and once, and so is its return', async () => {
  const operator = await startReceiver();
  after(() => operator.close());
  const world = await startWorld({
    config: {
      operatorWebhookUrl: `${operator.url}/operator`,
      operatorWebhookSecret: `whsec_${key.toString('base64')}`,
    },
  });
  const { simulator, receiver } = world;
  const shop = simulator.addPhone({ name: 'Shop' });
  const friend = simulator.addPhone({ name: 'Friend' });
  const instance = await world.link(shop, ['message']);
  await receiver.close();
  await friend.send(shop, 'to a dead receiver');
  await operator.received(1);
  await receiver.reopen();
  await instance.message('to a dead receiver');
  await operator.received(2);

  assert.deepEqual(
    operator.requests.map(({ body }) => [body?.event, body?.instanceId, body?.data['reason']]),
    [
      ['webhook.failing', String(instance.id), 'refused'],
      ['webhook.recovered', String(instance.id), 'refused'],
    ],
  );
  assert.equal(operator.requests[0]?.body?.data['origin'], new URL(receiver.url).origin);
  for (const { headers, bytes } of operator.requests) {
    const content = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${bytes.toString()}`;
    const signature = createHmac('sha256', key).update(content).digest('base64');
    assert.equal(headers['webhook-signature'], `v1,${signature}`);
  }
});
