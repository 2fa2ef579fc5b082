import assert from 'node:assert/strict';
import type { EventBodyOf, EventData } from '@eazewa/sdk/events';
import type { MediaFile } from '@eazewa/simulator';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';
import { assertTold, type Parties } from './expected-message.ts';
import { filehash, mediaKinds, type MediaKind } from './media-kinds.ts';

const world = await startWorld();
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
// Its receipts would overtake what the own phone sends.
carol.autoReceipts = false;
const group = carol.createGroup('Pictures', [shop]);
/** When the server had each message, by its id: the sender may have another second. */
const times = new Map<string, number>();
simulator.on('stanza', ({ direction, stanza: { tag, attrs } }) => {
  if (direction === 'out' && tag === 'message') times.set(attrs['id'] ?? '', Number(attrs['t']));
});
const instance = await world.link(shop, ['message', 'message_create']);
const own = '4930111111@c.us';
const carolId = '491701234567@c.us';

for (const one of mediaKinds) {
  eventTest({ event: 'message', kind: one.kind }, async () => {
    const sent = await carol.sendMedia(shop, one.media);
    return told('message', one, sent, { chat: carolId, fromMe: false, notifyName: 'Carol' });
  });

  eventTest({ event: 'message', kind: `${one.kind} in a group` }, async () => {
    const sent = await carol.sendMedia(group, one.media);
    const where = { chat: group.jid, author: carolId, fromMe: false, notifyName: 'Carol' };
    return told('message', one, sent, where);
  });

  eventTest({ event: 'message_create', kind: `${one.kind} from the own phone` }, async () => {
    const sent = await shop.sendMedia(carol, one.media);
    return told('message_create', one, sent, { chat: carolId, fromMe: true });
  });
}

/** The event of that message: all that it says, and that the file which it leads to is the one that was sent. */
async function told<Name extends 'message' | 'message_create'>(
  event: Name,
  one: MediaKind,
  { id, file }: { id: string; file: MediaFile },
  where: Pick<Parties, 'chat' | 'fromMe'> & Partial<Parties>,
): Promise<EventBodyOf<Name> & { readonly event: Name }> {
  const body = await instance.body(event, ({ message }) => message.id.id === id);
  const { message }: EventData['message_create'] = body.data;
  const { mediaKey = '' } = message._data;
  const parties = { ...where, id, own, timestamp: times.get(id) ?? Number.NaN };
  assert.equal(Buffer.from(mediaKey, 'base64').length, 32);
  assertTold(
    message,
    parties,
    { ...one.told, hasMedia: true, mediaKey },
    {
      directPath: file.directPath,
      mediaKey,
      filehash,
      size: one.media.bytes.length,
      ...one.raw,
    },
  );
  const media = await instance.act('download-media', { messageId: message.id._serialized });
  assert.deepEqual(media['data'], {
    mimetype: one.raw['mimetype'],
    data: Buffer.from(one.media.bytes).toString('base64'),
    ...(one.raw['filename'] === undefined ? {} : { filename: one.raw['filename'] }),
    filesize: one.media.bytes.length,
  });
  return body;
}
