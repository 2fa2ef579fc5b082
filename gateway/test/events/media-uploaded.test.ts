import assert from 'node:assert/strict';
import type { EventName, MessageData } from '@eazewa/sdk/events';
import { mediaOf } from '@eazewa/simulator';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';

const world = await startWorld();
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
const group = carol.createGroup('Pictures', [shop]);
const events: EventName[] = ['message_create', 'media_uploaded', 'message_ack'];
const instance = await world.link(shop, events);
const carolId = '491701234567@c.us';

const head = (start: string) => Buffer.concat([Buffer.from(start, 'latin1'), Buffer.alloc(500, 7)]);

/** What a program sends, and as what the contact gets it. */
const sent = [
  {
    kind: 'image',
    bytes: head('\xff\xd8\xff\xe0'),
    name: 'a.jpg',
    as: 'image',
    type: 'image',
    mimetype: 'image/jpeg',
  },
  {
    kind: 'video',
    bytes: head('\0\0\0\x20ftypisom'),
    name: 'a.mp4',
    as: 'video',
    type: 'video',
    mimetype: 'video/mp4',
  },
  {
    kind: 'audio',
    bytes: head('ID3\x04'),
    name: 'a.mp3',
    as: 'audio',
    type: 'audio',
    mimetype: 'audio/mpeg',
  },
  {
    kind: 'document',
    bytes: head('%PDF-1.7'),
    name: 'a.pdf',
    as: 'document',
    type: 'document',
    mimetype: 'application/pdf',
  },
  {
    kind: 'ptt',
    bytes: head(`OggS${'\0'.repeat(24)}OpusHead`),
    name: 'a.ogg',
    options: { asVoice: true },
    as: 'voice',
    type: 'ptt',
    mimetype: 'audio/ogg; codecs=opus',
  },
  {
    kind: 'sticker',
    bytes: head('RIFF1234WEBPVP8 '),
    name: 'a.webp',
    options: { asSticker: true },
    as: 'sticker',
    type: 'sticker',
    mimetype: 'image/webp',
  },
  {
    kind: 'image as a document',
    bytes: head('\xff\xd8\xff\xe0'),
    name: 'photo.jpg',
    options: { asDocument: true },
    as: 'document',
    type: 'document',
    mimetype: 'image/jpeg',
  },
] as const;

for (const { kind, bytes, name, as, type, mimetype, ...rest } of sent) {
  const options = 'options' in rest ? rest.options : {};
  const caption = ['image', 'video', 'document'].includes(as) ? { mediaCaption: 'look' } : {};

  for (const [where, chatId] of [
    ['', carolId],
    [' in a group', group.jid],
  ] as const) {
    eventTest({ event: 'media_uploaded', kind: `${kind}${where}` }, async () => {
      const answer = await instance.act('send-media', {
        chatId,
        mediaBase64: bytes.toString('base64'),
        mediaName: name,
        ...caption,
        ...options,
      });
      const { id } = answer['data'] as MessageData;
      const got = await carol.waitForMessage(
        (message) => message.id === id.id && message.content !== undefined,
      );
      assert.equal(mediaOf(got.content)?.kind, as);
      assert.equal(mediaOf(got.content)?.fields.mimetype, mimetype);
      assert.deepEqual(Buffer.from((await carol.download(got)).bytes), bytes);

      const body = await instance.body('media_uploaded', ({ message }) => message.id.id === id.id);
      const { message } = body.data;
      assert.deepEqual(
        [message.type, message.body, message.hasMedia, message.fromMe, message.ack, message.to],
        [type, 'mediaCaption' in caption ? 'look' : '', true, true, 0, chatId],
      );
      assert.equal(message._data.filename, as === 'document' ? name : undefined);
      const created = await instance.body('message_create', (data) => data.message.id.id === id.id);
      assert.deepEqual(message, created.data.message);
      await instance.body('message_ack', (data) => data.message.id.id === id.id);
      assert.deepEqual(namesOf(id.id).slice(0, 3), events);
      return body;
    });
  }
}

function namesOf(id: string): string[] {
  return instance
    .requests()
    .filter(({ body }) => JSON.stringify(body?.data).includes(id))
    .map(({ body }) => body?.event ?? '');
}
