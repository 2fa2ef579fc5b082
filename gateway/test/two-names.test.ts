import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageData } from '@eazewa/sdk/events';
import type { Phone } from '@eazewa/simulator';
import type { TestInstance } from './support/test-instance.ts';
import { until } from './support/until.ts';
import { startWorld } from './support/world.ts';

// A chat goes by the phone number and by the LID of the other side: whichever of the two is used, it is one chat.
const world = await startWorld({
  config: { publicUrl: 'https://wa.example.com', allowWebhookAddresses: ['127.0.0.1/32'] },
});
const { simulator } = world;

test('what is sent to both names of a chat arrives in the order of the calls', async () => {
  const { shop, friend, instance } = await linked();
  await friend.send(shop, 'hello');
  await instance.message('hello');
  const answers = await Promise.all(sendAlternately(instance, friend));
  const ids = answers.map(({ data }) => (data as MessageData).id.id);
  await until(() => friend.messages.length === ids.length + 1);
  assert.deepEqual(
    friend.messages.slice(1).map(({ id }) => id),
    ids,
  );
});

/** Files and texts, asked for at once: two to the phone number, two to the LID, and so on. */
function sendAlternately(
  instance: TestInstance,
  { number, lidJid }: Phone,
): Promise<Record<string, unknown>>[] {
  return Array.from({ length: 12 }, (_, at) => {
    const chatId = at % 2 === 0 ? `${number}@c.us` : lidJid;
    if (at % 4 > 1) return instance.act('send-message', { chatId, message: `text ${at}` });
    const mediaBase64 = Buffer.from(`file ${at}`).toString('base64');
    return instance.act('send-media', { chatId, mediaBase64, mediaName: 'a.txt' });
  });
}

async function linked(): Promise<{ shop: Phone; friend: Phone; instance: TestInstance }> {
  const shop = simulator.addPhone({ name: 'Shop' });
  const friend = simulator.addPhone({ name: 'Friend' });
  return {
    shop,
    friend,
    instance: await world.link(shop, ['message', 'message_create', 'message_reaction']),
  };
}
