import { setTimeout as wait } from 'node:timers/promises';
import type { Client, DeliveryResource } from '@eazewa/sdk';
import type { Phone } from '@eazewa/simulator';
import { startBot, startReceiver, type Stage } from './parts.ts';

/** The shop's instance, and a contact who writes to it. */
export interface Chat {
  readonly stage: Stage;
  readonly client: Client;
  readonly instanceId: number;
  readonly shop: Phone;
  readonly contact: Phone;
}

/** A message of the contact reaches the Express receiver. Throws when the receiver does not take it. */
export async function receiveOne(chat: Chat): Promise<void> {
  const { stage, client, instanceId } = chat;
  const { narrator, stopSwitch } = stage;
  narrator.detail('The program is the Express receiver of the documentation:');
  await setWebhook(chat, await startReceiver(stage));
  await write(chat, 'Hello, is anybody there?');
  const { state, attempts } = await settledMessage(client, instanceId, stopSwitch.signal);
  const status = attempts.at(-1)?.status ?? 'none';
  if (state !== 'delivered')
    throw new Error(`the receiver did not take the message, its response was ${status}`);
  narrator.detail(`The gateway has noted: event "message" delivered, response ${status}.`);
}

/** A message of the contact reaches the bot, and the bot's answer the contact's phone. */
export async function answerOne(chat: Chat, gateway: { gatewayUrl: string; token: string }): Promise<void> {
  const { stage, contact } = chat;
  const { narrator } = stage;
  await setWebhook(chat, await startBot(stage, gateway));
  const startedAt = performance.now();
  await write(chat, 'Hello again!');
  const { text } = await contact.waitForMessage(
    (message) => !message.fromMe && message.text !== undefined,
    60_000,
  );
  const tookMs = Math.round(performance.now() - startedAt);
  narrator.quote(`${contact.name}'s phone`, `the shop writes: ${text}`);
  narrator.detail(`From ${contact.name}'s message to the answer on her phone it took ${tookMs} ms.`);
}

async function setWebhook({ stage, client, instanceId }: Chat, url: string): Promise<void> {
  stage.narrator.detail(`Its URL becomes the webhook: PUT /api/v1/instances/${instanceId}`);
  await client.updateInstance(instanceId, { webhook: { url, events: ['message'] } });
}

async function write({ stage, shop, contact }: Chat, text: string): Promise<void> {
  stage.narrator.quote(`${contact.name}'s phone`, `${contact.name} writes: ${text}`);
  await contact.send(shop, text);
}

/** The delivery of the one message so far, as soon as it is over. The API has no way to wait for it. */
async function settledMessage(
  client: Client,
  instanceId: number,
  signal: AbortSignal,
): Promise<DeliveryResource> {
  for (;;) {
    const deliveries = await client.deliveries(instanceId);
    const found = deliveries.find(({ event, state }) => event === 'message' && state !== 'pending');
    if (found) return found;
    await wait(50, undefined, { signal });
  }
}
