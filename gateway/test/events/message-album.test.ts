import assert from 'node:assert/strict';
import { album, inAlbum, mediaContent } from '@eazewa/simulator';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';

const world = await startWorld();
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
const group = carol.createGroup('Pictures', [shop]);
const instance = await world.link(shop, ['message']);
const picture = { kind: 'image', bytes: Buffer.from('a picture') } as const;

for (const [kind, chat, jid] of [
  ['picture of an album', shop, shop.lidJid],
  ['picture of an album in a group', group, group.jid],
] as const) {
  eventTest({ event: 'message', kind }, async () => {
    const frame = await carol.send(chat, album({ images: 1 }));
    const { content } = mediaContent(simulator.media, picture);
    const { id } = await carol.send(chat, inAlbum(content, frame.id, jid));
    const told = await instance.body('message', ({ message }) => message.id.id === frame.id);
    const body = await instance.body('message', ({ message }) => message.id.id === id);
    const { parentMsgKey, associationType } = body.data.message._data;
    assert.deepEqual(parentMsgKey, told.data.message.id);
    assert.equal(associationType, 'MEDIA_ALBUM');
    return body;
  });
}
