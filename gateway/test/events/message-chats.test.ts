import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventBody, EventBodyOf } from '@eazewa/sdk';
import { location } from '@eazewa/simulator';
import type { Addressing } from '@eazewa/simulator';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';
import { assertTold } from './expected-message.ts';
import type { Parties } from './expected-message.ts';

// Everywhere that a message can come from: people, groups, status, broadcast lists, channels; by either kind of address.
const world = await startWorld();
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701111111', lid: '153978989985920' });
// Its receipts would overtake what the own phone sends.
carol.autoReceipts = false;
const group = carol.createGroup('Team', [shop]);
const channel = carol.channels.create('News');
channel.followers.add(shop.account);
const ownChannel = shop.channels.create('Offers');
const times = new Map<string, number>();
simulator.on('stanza', ({ direction, stanza: { tag, attrs } }) => {
  if (direction === 'out' && tag === 'message') times.set(attrs['id'] ?? '', Number(attrs['t']));
});
const instance = await world.link(shop, ['message', 'message_create']);

const [own, carolId] = ['4930111111@c.us', '491701111111@c.us'];
const list = '1699999999@broadcast';
const place = {
  content: location({ latitude: 52.5, longitude: 13.25, name: 'Office' }),
  told: {
    type: 'location',
    body: '',
    location: { latitude: 52.5, longitude: 13.25, name: 'Office', description: 'Office' },
  },
} as const;
const text = { content: 'hello', told: { type: 'chat', body: 'hello' } } as const;

eventTest({ event: 'message', kind: 'status' }, async () => status('lid', text));
eventTest({ event: 'message', kind: 'broadcast list' }, async () => toList('lid', text));
eventTest({ event: 'message', kind: 'channel' }, async () => post(text));
eventTest({ event: 'message_create', kind: 'status of the own phone' }, async () => ownStatus('lid', text));
eventTest({ event: 'message_create', kind: 'broadcast list of the own phone' }, async () =>
  ownToList('lid', text),
);
eventTest({ event: 'message_create', kind: 'own channel' }, async () => ownPost(text));

eventTest({ event: 'message', kind: 'group status' }, async () => {
  const { id } = await carol.send(group, { groupStatusMessageV2: { message: { conversation: 'hello' } } });
  const body = await received(id, text, { chat: group.jid, author: carolId, notifyName: 'Carol' });
  assert.equal((body as EventBodyOf<'message'>).data.message._data.isGroupStatus, true);
  return body;
});

for (const addressing of ['lid', 'pn'] as const) {
  for (const said of [text, place]) {
    test(`a ${said.told.type} under ${addressing} is told everywhere`, async () => {
      await status(addressing, said);
      await ownStatus(addressing, said);
      await toList(addressing, said);
      await ownToList(addressing, said);
      await post(said);
      await ownPost(said);
      const inGroup = await carol.send(group, said.content, { addressing });
      await received(inGroup.id, said, { chat: group.jid, author: carolId, notifyName: 'Carol' });
      const ofShop = await shop.send(carol, said.content, { addressing });
      await created(ofShop.id, said, { chat: carolId });
    });
  }
}

type Said = typeof text | typeof place;

async function status(addressing: Addressing, said: Said): Promise<EventBody> {
  const { id } = await carol.postStatus(said.content, { to: [shop], addressing });
  return received(id, said, { chat: 'status@broadcast', author: carolId, notifyName: 'Carol' });
}

async function ownStatus(addressing: Addressing, said: Said): Promise<EventBody> {
  const { id } = await shop.postStatus(said.content, { to: [carol], addressing });
  return created(id, said, { chat: 'status@broadcast', author: own });
}

async function toList(addressing: Addressing, said: Said): Promise<EventBody> {
  const { id } = await carol.sendToList([shop], said.content, { list, addressing });
  const body = await received(id, said, { chat: carolId, list, notifyName: 'Carol' });
  assert.equal((body as EventBodyOf<'message'>).data.message._data.broadcastId, list);
  return body;
}

async function ownToList(addressing: Addressing, said: Said): Promise<EventBody> {
  const { id } = await shop.sendToList([carol], said.content, { list, addressing });
  return created(id, said, { chat: list, author: own });
}

async function post(said: Said): Promise<EventBody> {
  const { id } = carol.channels.post(channel, said.content);
  return received(id, said, { chat: channel.jid });
}

async function ownPost(said: Said): Promise<EventBody> {
  const { id } = shop.channels.post(ownChannel, said.content);
  return created(id, said, { chat: ownChannel.jid });
}

async function received(
  id: string,
  { told }: Said,
  where: Pick<Parties, 'chat' | 'author' | 'list' | 'notifyName'>,
): Promise<EventBody> {
  const body = await instance.body('message', ({ message }) => message.id.id === id);
  assertTold(body.data.message, { own, id, fromMe: false, timestamp: times.get(id) ?? 0, ...where }, told);
  return body;
}

async function created(
  id: string,
  { told }: Said,
  where: Pick<Parties, 'chat' | 'author'>,
): Promise<EventBody> {
  const body = await instance.body('message_create', ({ message }) => message.id.id === id);
  assertTold(body.data.message, { own, id, fromMe: true, timestamp: times.get(id) ?? 0, ...where }, told);
  return body;
}
