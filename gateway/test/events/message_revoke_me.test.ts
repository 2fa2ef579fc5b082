import assert from 'node:assert/strict';
import type { EventBody, EventBodyOf, MessageData } from '@eazewa/sdk/events';
import type { Group, Phone } from '@eazewa/simulator';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';
import { idIn } from './ids.ts';

const event = 'message_revoke_me';
const world = await startWorld();
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
const dave = simulator.addPhone({ name: 'Dave', number: '491702222222', lid: '153978989985922' });
const instance = await world.link(shop, ['message_create', event, 'message_edit', 'message_reaction']);
const group = carol.createGroup('Club', [shop, dave]);

eventTest({ event, kind: 'received' }, () => deleted(carol, shop));
eventTest({ event, kind: 'own' }, () => deleted(shop, carol));
eventTest({ event, kind: 'in a group' }, () => deleted(dave, group));
eventTest({ event, kind: 'own, in a group' }, () => deleted(shop, group));
eventTest({ event, kind: 'in a chat by phone number' }, () => deleted(carol, shop, { addressing: 'pn' }));

eventTest({ event, kind: 'as it was edited' }, async () => {
  const message = await carol.send(shop, 'one');
  await carol.edit(message, 'two');
  await carol.react(message, '👍');
  await instance.body('message_reaction', ({ reaction }) => reaction.msgId.id === message.id);
  shop.settings.deleteForMe(message.id);
  const body = await revokeOf(message.id);
  assert.equal(body.data.message.body, 'two');
  assert.equal(body.data.message.hasReaction, true);
  assert.deepEqual(body.data.message.id, idIn('491701234567@c.us', message.id, false));
  return body;
});

async function deleted(
  writer: Phone,
  to: Phone | Group,
  options: { addressing?: 'pn' } = {},
): Promise<EventBody & EventBodyOf<'message_revoke_me'>> {
  const { id } = await writer.send(to, 'only for me', options);
  const before = await created(id);
  shop.settings.deleteForMe(id);
  const body = await revokeOf(id);
  const { message } = body.data;
  // An own message may be delivered by now.
  const { ack } = message;
  assert.deepEqual(message, { ...before, ack, _data: { ...before._data, ack } });
  return body;
}

async function created(id: string): Promise<MessageData> {
  const { data } = await instance.body('message_create', ({ message }) => message.id.id === id);
  return data.message;
}

function revokeOf(id: string): Promise<EventBody & EventBodyOf<'message_revoke_me'>> {
  return instance.body(event, ({ message }) => message.id.id === id);
}
