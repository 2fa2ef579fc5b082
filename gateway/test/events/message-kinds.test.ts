import { test } from 'node:test';
import type { EventBody } from '@eazewa/sdk';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';
import { assertTold } from './expected-message.ts';
import type { Parties } from './expected-message.ts';
import { kinds, named } from './kinds.ts';
import type { Kind } from './kinds.ts';

const world = await startWorld();
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701111111', lid: '153978989985920' });
for (const { name, number, lidJid } of named) simulator.addPhone({ name, number, lid: lidJid.slice(0, -4) });
// Its receipts would overtake what the own phone sends.
carol.autoReceipts = false;
const group = carol.createGroup('Team', [shop]);
const times = new Map<string, number>();
simulator.on('stanza', ({ direction, stanza: { tag, attrs } }) => {
  if (direction === 'out' && tag === 'message') times.set(attrs['id'] ?? '', Number(attrs['t']));
});
const instance = await world.link(shop, ['message', 'message_create']);
// Who is mentioned is known by number once he has written.
for (const { number } of named) {
  const { id } = await simulator.phone(number).send(shop, 'hello');
  await instance.body('message', ({ message }) => message.id.id === id);
}

const own = '4930111111@c.us';
const [carolId, groupId] = ['491701111111@c.us', group.jid];

for (const one of kinds) {
  const { kind, content } = one;
  eventTest({ event: 'message', kind }, async () => {
    const { id } = await carol.send(shop, content);
    return received(one, { id, chat: carolId });
  });

  eventTest({ event: 'message_create', kind: `${kind} from the own phone` }, async () => {
    const { id } = await shop.send(carol, content);
    return created(one, { id, chat: carolId, fromMe: true });
  });

  test(`${kind} is told the same in a group, under a number, and from the own phone in a group`, async () => {
    const byNumber = await carol.send(shop, content, { addressing: 'pn' });
    await created(one, { id: byNumber.id, chat: carolId, fromMe: false, notifyName: 'Carol' });
    const inGroup = await carol.send(group, content);
    await received(one, { id: inGroup.id, chat: groupId, author: carolId });
    const ofShop = await shop.send(group, content);
    await created(one, { id: ofShop.id, chat: groupId, author: own, fromMe: true });
  });
}

async function received(kind: Kind, where: Pick<Parties, 'id' | 'chat' | 'author'>): Promise<EventBody> {
  const body = await instance.body('message', ({ message }) => message.id.id === where.id);
  check(kind, { ...where, fromMe: false, notifyName: 'Carol' }, body.data.message);
  return body;
}

async function created(kind: Kind, where: Omit<Parties, 'own' | 'timestamp'>): Promise<EventBody> {
  const body = await instance.body('message_create', ({ message }) => message.id.id === where.id);
  check(kind, where, body.data.message);
  return body;
}

function check(
  { told, raw }: Kind,
  where: Omit<Parties, 'own' | 'timestamp'>,
  message: Parameters<typeof assertTold>[0],
): void {
  const parties = { ...where, own, timestamp: times.get(where.id) ?? 0 };
  assertTold(message, parties, typeof told === 'function' ? told(parties) : told, raw);
}
