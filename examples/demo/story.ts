import { randomBytes } from 'node:crypto';
import { Client } from '@eazewa/sdk';
import { startSimulator, type Phone } from '@eazewa/simulator';
import { answerOne, receiveOne } from './exchange.ts';
import { linkPhone } from './link-phone.ts';
import { startGateway, type Stage } from './parts.ts';
import type { Addresses } from './try-it.ts';

/** What stands when the story is told. */
export interface Scene {
  readonly addresses: Addresses;
  readonly contact: Phone;
}

/** From nothing to an answered message, step by step; the stage's stack ends what was started. */
export async function tellStory(stage: Stage): Promise<Scene> {
  const { narrator, stack } = stage;
  narrator.title('This is eazeWA, on this machine alone: nothing reaches WhatsApp.');

  const simulator = await startSimulator({ controlPort: 0 });
  stack.defer(() => simulator.stop());
  const [shop, contact] = [simulator.addPhone({ name: 'Shop' }), simulator.addPhone({ name: 'Ada' })];
  narrator.step('A simulated WhatsApp runs, with two phones');
  narrator.detail(`the shop's, +${shop.number}, and Ada's, +${contact.number}`);

  const token = `demo_${randomBytes(24).toString('hex')}`;
  narrator.step('The gateway starts');
  const { url: gatewayUrl } = await startGateway(stage, simulator, token);
  narrator.detail(`It runs at ${gatewayUrl}`);

  const client = new Client({ baseUrl: gatewayUrl, token });
  narrator.step('An instance is made: one WhatsApp number that the gateway keeps connected');
  const instanceId = await linkPhone(stage, client, shop);

  const chat = { stage, client, instanceId, shop, contact };
  narrator.step('A message comes in, and the gateway tells your program');
  await receiveOne(chat);
  narrator.step('Another message comes in, and a bot answers it');
  await answerOne(chat, { gatewayUrl, token });

  const numbers = { shop: shop.number, contact: contact.number };
  const addresses = { gatewayUrl, controlUrl: simulator.controlUrl ?? '', token, instanceId, ...numbers };
  return { addresses, contact };
}
