import assert from 'node:assert/strict';
import type { Content, NewMedia } from '@eazewa/simulator';
import { interactive, mediaContent, product } from '@eazewa/simulator';
import type { MessageData, RawMessageData } from '@eazewa/sdk/events';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';

// Files that stand inside another content: above what a business lets its customers do, or as the picture of a product.
const world = await startWorld();
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
const instance = await world.link(shop, ['message']);
const bytes = Buffer.from('It is the same file in every test. '.repeat(40));
const { interactiveMessage } = interactive({ text: 'Book now', footer: 'The shop', buttons: [] });

fileTest('interactive message below a picture', { kind: 'image' }, above, {
  told: { type: 'interactive', body: 'Book now' },
  raw: { footer: 'The shop', interactiveHeader: { hasMediaAttachment: true, mediaType: 'IMAGE' } },
});

// It has the mimetype of a picture, and is encrypted as a document.
fileTest(
  'interactive message below a document',
  { kind: 'document', mimetype: 'image/png', fileName: 'plan.png' },
  above,
  {
    told: { type: 'interactive', body: 'Book now' },
    raw: {
      interactiveHeader: { hasMediaAttachment: true, mediaType: 'DOCUMENT' },
      filename: 'plan.png',
      isCaptionByUser: false,
    },
  },
);

fileTest(
  'template that is interactive, below a video',
  { kind: 'video', seconds: 3 },
  (file) => ({ templateMessage: { interactiveMessageTemplate: above(file).interactiveMessage ?? null } }),
  {
    told: { type: 'interactive', body: 'Book now', duration: '3' },
    raw: { isFromTemplate: true, footer: 'The shop' },
  },
);

fileTest(
  'product with a picture',
  { kind: 'image' },
  ({ imageMessage = null }) => {
    const { productMessage } = product({ id: '7', title: 'Tea', owner: shop, text: 'It is back' });
    return {
      productMessage: {
        ...productMessage,
        product: { ...productMessage?.product, productImage: imageMessage },
      },
    };
  },
  { told: { type: 'product', body: 'It is back', productId: '7' }, raw: { caption: 'It is back' } },
);

/** Tells what is made of a file, and fetches the file by the message. */
function fileTest(
  kind: string,
  media: Omit<NewMedia, 'bytes'>,
  contentOf: (file: Exclude<Content, string>) => Content,
  { told, raw }: { readonly told: Partial<MessageData>; readonly raw: Partial<RawMessageData> },
): void {
  eventTest({ event: 'message', kind }, async () => {
    const { content, file } = mediaContent(simulator.media, { ...media, bytes });
    const { id } = await carol.send(shop, contentOf(content));
    const body = await instance.body('message', ({ message }) => message.id.id === id);
    const { message } = body.data;
    assert.partialDeepStrictEqual(message, { ...told, hasMedia: true });
    assert.partialDeepStrictEqual(message._data, { ...raw, directPath: file.directPath });
    const fetched = await instance.act('download-media', { messageId: message.id._serialized });
    assert.partialDeepStrictEqual(fetched['data'], { data: bytes.toString('base64') });
    return body;
  });
}

function above(file: Exclude<Content, string>): Exclude<Content, string> {
  return { interactiveMessage: { ...interactiveMessage, header: { ...file, hasMediaAttachment: true } } };
}
