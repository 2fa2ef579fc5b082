import assert from 'node:assert/strict';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';
import { plainText } from './plain-text.ts';

const world = await startWorld();
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
const instance = await world.link(shop, ['message']);
const [chat, own, lid] = ['491701234567@c.us', '4930111111@c.us', '153978989985921@lid'];

/** The shortest and longest texts, and what is awkward in JSON. */
const texts = [
  { kind: 'shortest text', text: '.' },
  { kind: 'longest text', text: 'ä👋ي '.repeat(65_536 / 5).padEnd(65_536, '.') },
  { kind: 'awkward text', text: ' "\\\n\r\t\u0000\u2028\u202Eabc\u200D👩‍👩‍👧‍👦 </script>\uFEFF' },
] as const;

for (const { kind, text } of texts) {
  eventTest({ event: 'message', kind }, async () => {
    const { id } = await carol.send(shop, text);
    const body = await instance.body('message', ({ message }) => message.id.id === id);
    const { timestamp } = body.data.message;
    const facts = { notifyName: 'Carol', deviceType: 'android' } as const;
    const message = plainText({ id, fromMe: false, chat, own, lid, body: text, timestamp, ...facts });
    assert.deepEqual(body.data, { message, media: null });
    return body;
  });
}
