import type { EventBody } from '@eazewa/sdk';
import { location } from '@eazewa/simulator';
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

for (const [what, { content, told }] of Object.entries({ text, location: place })) {
  for (const addressing of ['lid', 'pn'] as const) {
    const by = addressing === 'lid' ? '' : ' under its number';

    eventTest({ event: 'message', kind: `status: ${what}${by}` }, async () => {
      const { id } = await carol.postStatus(content, { to: [shop], addressing });
      return received(id, { chat: 'status@broadcast', author: carolId, notifyName: 'Carol' });
    });

    eventTest({ event: 'message', kind: `broadcast list: ${what}${by}` }, async () => {
      const { id } = await carol.sendToList([shop], content, { list, addressing });
      return received(id, { chat: list, author: carolId, notifyName: 'Carol' });
    });

    eventTest({ event: 'message_create', kind: `status of the own phone: ${what}${by}` }, async () => {
      const { id } = await shop.postStatus(content, { to: [carol], addressing });
      return created(id, { chat: 'status@broadcast', author: own });
    });

    eventTest(
      { event: 'message_create', kind: `broadcast list of the own phone: ${what}${by}` },
      async () => {
        const { id } = await shop.sendToList([carol], content, { list, addressing });
        return created(id, { chat: list, author: own });
      },
    );
  }

  eventTest({ event: 'message', kind: `${what} in a group under its number` }, async () => {
    const { id } = await carol.send(group, content, { addressing: 'pn' });
    return received(id, { chat: group.jid, author: carolId, notifyName: 'Carol' });
  });

  eventTest({ event: 'message_create', kind: `${what} from the own phone under its number` }, async () => {
    const { id } = await shop.send(carol, content, { addressing: 'pn' });
    return created(id, { chat: carolId });
  });

  eventTest({ event: 'message', kind: `channel: ${what}` }, async () => {
    const { id } = carol.channels.post(channel, content);
    return received(id, { chat: channel.jid });
  });

  eventTest({ event: 'message_create', kind: `own channel: ${what}` }, async () => {
    const { id } = shop.channels.post(ownChannel, content);
    return created(id, { chat: ownChannel.jid });
  });

  async function received(
    id: string,
    where: Pick<Parties, 'chat' | 'author' | 'notifyName'>,
  ): Promise<EventBody> {
    const body = await instance.body('message', ({ message }) => message.id.id === id);
    assertTold(body.data.message, { own, id, fromMe: false, timestamp: times.get(id) ?? 0, ...where }, told);
    return body;
  }

  async function created(id: string, where: Pick<Parties, 'chat' | 'author'>): Promise<EventBody> {
    const body = await instance.body('message_create', ({ message }) => message.id.id === id);
    assertTold(body.data.message, { own, id, fromMe: true, timestamp: times.get(id) ?? 0, ...where }, told);
    return body;
  }
}
