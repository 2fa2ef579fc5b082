import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageData } from '@eazewa/sdk/events';
import type { Phone } from '@eazewa/simulator';
import type { TestInstance } from './support/test-instance.ts';
import { until } from './support/until.ts';
import { startWorld } from './support/world.ts';

// A chat goes by the phone number and by the LID of the other side: whichever of the two is used, it is one chat.
const world = await startWorld();
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

test('a message that was told by the LID is found by the phone number, once that is known', async () => {
  const { shop, friend, instance } = await linked();
  friend.account.isOtherNameHidden = true;
  const { id } = await friend.sendMedia(shop, picture);
  const { message } = (await instance.body('message', (data) => data.message.id.id === id)).data;
  assert.equal(message.id.remote, friend.lidJid);
  const byPhone = `false_${friend.number}@c.us_${id}`;
  assert.equal((await instance.act('get-message-by-id', { messageId: byPhone }))['status'], 'error');

  friend.account.isOtherNameHidden = false;
  const { id: next } = await friend.send(shop, 'my number');
  await instance.message('my number');
  await isFound(instance, message.id._serialized, byPhone);
  const { data } = await instance.body('message', ({ message: other }) => other.id.id === next);
  await isFound(instance, data.message.id._serialized, `false_${friend.lidJid}_${next}`);

  // What is said of it under the other name is said of the same message, and leaves it findable.
  await friend.react(id, '+1', { addressing: 'pn' });
  const { reaction } = await instance.nth('message_reaction', 1);
  assert.equal(reaction.msgId._serialized, message.id._serialized);
  await isFound(instance, message.id._serialized, byPhone, id);
});

test('a message that was told by the phone number is found by the LID, once that is known', async () => {
  const { shop, friend, instance } = await linked();
  friend.account.isOtherNameHidden = true;
  const [past] = shop.history.remember(friend, [{ text: 'long ago', addressing: 'pn' }]);
  const id = past?.id ?? '';
  shop.history.send();
  await until(async () => (await find(instance, id)) !== undefined);
  const byPhone = `false_${friend.number}@c.us_${id}`;
  const byLid = `false_${friend.lidJid}_${id}`;
  assert.equal((await find(instance, id))?.id._serialized, byPhone);
  assert.equal(await find(instance, byLid), undefined);

  friend.account.isOtherNameHidden = false;
  await friend.send(shop, 'my LID');
  await instance.message('my LID');
  assert.equal((await find(instance, byLid))?.body, 'long ago');
});

const picture = { kind: 'document', bytes: Buffer.from('a file'), mimetype: 'text/plain' } as const;

/** The file of a message, by every call that takes a message id. */
async function isFound(instance: TestInstance, ...ids: readonly string[]): Promise<void> {
  for (const messageId of ids) {
    const found = await find(instance, messageId);
    assert.equal(found?.id._serialized, ids[0], messageId);
    if (!found?.hasMedia) continue;
    const file = (await instance.act('download-media', { messageId }))['data'] as { data: string };
    assert.equal(Buffer.from(file.data, 'base64').toString(), 'a file', messageId);
    const { body } = await instance.call('GET', `/messages/${encodeURIComponent(messageId)}/media-link`);
    const { url } = (body as { mediaLink: { url: string } }).mediaLink;
    assert.equal(await (await fetch(url)).text(), 'a file', messageId);
    const log = await instance.call('GET', `/deliveries?messageId=${encodeURIComponent(messageId)}`);
    assert.ok((log.body['deliveries'] as unknown[]).length > 0, messageId);
  }
}

async function find(instance: TestInstance, messageId: string): Promise<MessageData | undefined> {
  const { status, data } = await instance.act('get-message-by-id', { messageId });
  return status === 'success' ? (data as { message: MessageData }).message : undefined;
}

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
