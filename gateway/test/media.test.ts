import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, beforeEach, test } from 'node:test';
import type { MessageData } from '@eazewa/sdk/events';
import { mediaContent } from '@eazewa/simulator';
import type { TestInstance } from './support/test-instance.ts';
import { startWorld } from './support/world.ts';

const world = await startWorld({
  config: {
    publicUrl: 'https://wa.example.com/gateway',
    allowWebhookAddresses: ['127.0.0.1/32'],
    mediaLimitBytes: 100_000,
  },
});
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
const group = carol.createGroup('Pictures', [shop]);
const instance = await world.link(shop, ['message', 'message_create', 'media_uploaded']);
const carolId = '491701234567@c.us';
const bytes = Buffer.from('a file. '.repeat(1000));
const data = bytes.toString('base64');

beforeEach(() => simulator.media.heal());

/** A file by carol as the webhook is told of it. */
async function receive(to: Parameters<typeof carol.sendMedia>[0] = shop, more: object = {}) {
  const { id, file } = await carol.sendMedia(to, {
    kind: 'document',
    bytes,
    fileName: 'ä b.txt',
    mimetype: 'text/plain',
    ...more,
  });
  const { message } = (await instance.body('message', (data) => data.message.id.id === id)).data;
  return { file, message, id: message.id._serialized };
}

/** A link as it leads to this gateway, whose public URL leads nowhere. */
function get(link: string): Promise<Response> {
  return fetch(link.replace('https://wa.example.com/gateway', world.url));
}

function sendMedia(body: object, key?: string) {
  return instance.call(
    'POST',
    '/client/action/send-media',
    body,
    key === undefined ? {} : { 'idempotency-key': key },
  );
}

/** The explanation of an action that failed. */
async function refused(action: string, body: object, from: TestInstance = instance): Promise<unknown[]> {
  const { status, message, explanation } = await from.act(action, body);
  assert.equal(status, 'error');
  return [message, explanation];
}

test('get-message-by-id gives the message as it was told, and its file when it is wanted', async () => {
  const { message, id } = await receive();
  const { mediaLink: _, ...raw } = message._data;
  const stored = { ...message, _data: raw };
  assert.deepEqual((await instance.act('get-message-by-id', { messageId: id }))['data'], {
    message: stored,
    media: null,
  });
  const media = { mimetype: 'text/plain', data, filename: 'ä b.txt', filesize: bytes.length };
  assert.deepEqual((await instance.act('get-message-by-id', { messageId: id, includeMedia: true }))['data'], {
    message: stored,
    media,
  });

  const { id: text } = await carol.send(shop, 'no file');
  await instance.body('message', (data) => data.message.id.id === text);
  const answer = await instance.act('get-message-by-id', { messageId: text, includeMedia: true });
  assert.equal((answer['data'] as { media: unknown }).media, null);
});

test('a message is found by every form of its id, and by no other', async () => {
  const { message } = await receive();
  const inGroup = (await receive(group)).message;
  for (const messageId of [
    message.id._serialized,
    `${message.id._serialized}_in`,
    message.id.id,
    `false_491701234567@s.whatsapp.net_${message.id.id}`,
    `false_153978989985921@lid_${message.id.id}`,
    inGroup.id._serialized,
    inGroup.id.id,
    `false_${group.jid}_${inGroup.id.id}`,
  ]) {
    const media = (await instance.act('download-media', { messageId }))['data'] as { data: string };
    assert.equal(media.data, data, messageId);
  }
  for (const messageId of [
    'nothing',
    `true_${carolId}_${message.id.id}`,
    `false_4911111111@c.us_${message.id.id}`,
  ]) {
    const [what, why] = await refused('download-media', { messageId });
    assert.equal(what, 'message not found');
    assert.match(String(why), /There is no message/);
  }
});

test('a text has no file to download', async () => {
  const { id } = await carol.send(shop, 'just text');
  await instance.body('message', (data) => data.message.id.id === id);
  assert.deepEqual(await refused('download-media', { messageId: id }), [
    'media missing',
    'The message has no file that can be fetched.',
  ]);
});

test('a file that has expired is uploaded again by the phone, and found at its new place from then on', async () => {
  for (const to of [shop, group]) {
    const { message, id, file } = await receive(to, {
      bytes: Buffer.concat([bytes, Buffer.from(String(to === shop))]),
    });
    simulator.media.expire(file);
    const got = (await instance.act('download-media', { messageId: id }))['data'] as { filesize: number };
    assert.equal(got.filesize, message._data.size);
    const answer = await instance.act('get-message-by-id', { messageId: id });
    const { _data } = (answer['data'] as { message: MessageData }).message;
    assert.notEqual(_data.directPath, message._data.directPath);
    assert.notEqual(simulator.media.find(_data.directPath ?? ''), undefined);
  }
});

test('an own file that has expired is uploaded again too', async () => {
  const sent = (await instance.act('send-media', { chatId: carolId, mediaBase64: data, mediaName: 'a.txt' }))[
    'data'
  ] as MessageData;
  simulator.media.expire(sent._data.directPath ?? '', 'missing');
  const got = (await instance.act('download-media', { messageId: sent.id._serialized }))['data'] as {
    data: string;
  };
  assert.equal(got.data, data);
});

test('a file that the phone has no more is gone', async () => {
  const { id, message, file } = await receive(shop, { bytes: Buffer.from('soon gone') });
  simulator.media.expire(file);
  shop.loseMedia(message.id.id);
  const [what, why] = await refused('download-media', { messageId: id });
  assert.equal(what, 'media gone');
  assert.match(String(why), /does not have the file any more/);
});

test('a media server that fails or lies is told as what it is', async () => {
  const { id } = await receive(shop, { bytes: Buffer.from('failing') });
  simulator.media.fail('refuse', { of: 'downloads', times: 1 });
  assert.equal((await refused('download-media', { messageId: id }))[0], 'media unreachable');
  simulator.media.fail('cut', { of: 'downloads', times: 1 });
  assert.equal((await refused('download-media', { messageId: id }))[0], 'media unreachable');
  simulator.media.fail('damage', { of: 'downloads', times: 1 });
  assert.equal((await refused('download-media', { messageId: id }))[0], 'media damaged');
  simulator.media.fail('slow', { of: 'downloads', times: 1 });
  assert.equal((await instance.act('download-media', { messageId: id }))['status'], 'success');
  const large = await receive(shop, { bytes: Buffer.alloc(100_001) });
  assert.equal((await refused('download-media', { messageId: large.id }))[0], 'media too large');
});

test('the link of a message gives its file without a token, and nothing else', async () => {
  const { message, id } = await receive();
  const { url = '', expiresAt = 0 } = message._data.mediaLink ?? {};
  assert.ok(url.startsWith('https://wa.example.com/gateway/media/'), url);
  const inSevenDays = Date.now() / 1000 + 7 * 86_400;
  assert.ok(Math.abs(expiresAt - inSevenDays) < 300);
  const answer = await get(url);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/plain');
  assert.equal(answer.headers.get('content-disposition'), "attachment; filename*=UTF-8''%C3%A4%20b.txt");
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes);

  assert.equal((await get(`${url}x`)).status, 403);
  assert.equal((await get(url.replace(/expires=\d+/, 'expires=9999999999'))).status, 403);
  assert.equal((await get(url.replace('/media/1/', '/media/2/'))).status, 403);
  assert.equal((await get(url.replace(/\?.*/, ''))).status, 403);
  const made = await instance.call('GET', `/messages/${encodeURIComponent(id)}/media-link`);
  const { mediaLink } = made.body as { mediaLink: { url: string } };
  assert.deepEqual(Buffer.from(await (await get(mediaLink.url)).arrayBuffer()), bytes);
  assert.equal((await instance.call('GET', '/messages/nothing/media-link')).status, 404);
});

test('a file that nobody can fetch has no link', async () => {
  const { content } = mediaContent(simulator.media, { kind: 'image', bytes });
  const imageMessage = { ...content.imageMessage, mediaKey: Buffer.alloc(5, 1) };
  const { id } = await carol.send(shop, { imageMessage });
  const { message } = (await instance.body('message', (data) => data.message.id.id === id)).data;
  assert.deepEqual([message.hasMedia, message._data.mediaLink], [true, undefined]);
  const path = `/messages/${encodeURIComponent(message.id._serialized)}/media-link`;
  assert.equal((await instance.call('GET', path)).status, 404);
});

test('a link to a file that is damaged on its way breaks off', async () => {
  const { message } = await receive(shop, { bytes: Buffer.alloc(90_000, 1) });
  simulator.media.fail('damage', { of: 'downloads', times: 1 });
  const { url = '' } = message._data.mediaLink ?? {};
  await assert.rejects(async () => (await get(url)).arrayBuffer());
  simulator.media.expire(message._data.directPath ?? '');
  shop.loseMedia(message.id.id);
  const gone = await get(url);
  assert.equal(gone.status, 410);
});

test('a file by its URL is sent, and one that leads elsewhere is not', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/elsewhere') response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    else
      response
        .writeHead(200, { 'content-type': 'image/png' })
        .end(Buffer.from('\x89PNG\r\n\x1a\n picture', 'latin1'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => server.close());
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // The gateway has a public URL, so it is not for this machine only.
  const [, why] = await refused('send-media', { chatId: carolId, mediaUrl: `${base}/a.png` });
  assert.match(String(why), /not a public address; EAZEWA_ALLOW_MEDIA_ADDRESSES can allow it/);

  const open = await startWorld({
    simulator,
    config: {
      allowMediaAddresses: ['127.0.0.1/32'],
      allowWebhookAddresses: ['127.0.0.1/32'],
      publicUrl: 'https://wa.example.com',
    },
  });
  const dave = simulator.addPhone({ name: 'Dave' });
  const other = await open.link(dave);
  const sent = await other.act('send-media', {
    chatId: carolId,
    mediaUrl: `${base}/a.png`,
    mediaCaption: 'look',
  });
  const { id, type, body } = sent['data'] as MessageData;
  assert.deepEqual([type, body], ['image', 'look']);
  const got = await carol.waitForMessage((message) => message.id === id.id);
  assert.equal(
    Buffer.from((await carol.download(got)).bytes)
      .subarray(-7)
      .toString(),
    'picture',
  );
  const [, elsewhere] = await refused(
    'send-media',
    { chatId: carolId, mediaUrl: `${base}/elsewhere` },
    other,
  );
  assert.match(String(elsewhere), /metadata/);
});

test('a repeated call with the same key uploads and sends once', async () => {
  const files = simulator.media.files.length;
  const first = (await sendMedia({ chatId: carolId, mediaBase64: data, mediaName: 'once.txt' }, 'once')).body[
    'data'
  ] as { data: MessageData };
  const second = (await sendMedia({ chatId: carolId, mediaBase64: data, mediaName: 'once.txt' }, 'once'))
    .body['data'] as { data: MessageData };
  assert.deepEqual(second.data.id, first.data.id);
  assert.equal(simulator.media.files.length, files + 1);
});

test('what cannot be sent is refused with what to change', async () => {
  const errorsOf = async (body: object) => (await sendMedia(body)).body['errors'];
  assert.deepEqual(await errorsOf({ chatId: carolId }), {
    mediaUrl: ['Either mediaUrl or mediaBase64 is needed.'],
  });
  assert.deepEqual(await errorsOf({ chatId: carolId, mediaBase64: data }), {
    mediaName: ['With mediaBase64 the mediaName is needed.'],
  });
  assert.deepEqual(await errorsOf({ chatId: carolId, mediaBase64: data, mediaUrl: 'https://a.example' }), {
    mediaBase64: ['Give either mediaUrl or mediaBase64, not both.'],
  });
  const file = { chatId: carolId, mediaBase64: data, mediaName: 'a.txt' };
  assert.match(String((await refused('send-media', { ...file, asSticker: true }))[1]), /must be a WebP/);
  assert.match(String((await refused('send-media', { ...file, asVoice: true }))[1]), /must be Ogg with Opus/);
  assert.match(String((await refused('send-media', { ...file, mediaBase64: '???' }))[1]), /not base64/);
  assert.match(String((await refused('send-media', { ...file, chatId: 'carol' }))[1]), /missing a domain/);
  const large = Buffer.alloc(100_001).toString('base64');
  assert.match(
    String((await refused('send-media', { ...file, mediaBase64: large }))[1]),
    /larger than 100000 bytes/,
  );
  assert.deepEqual(await sendMedia({ ...file, mediaBase64: 'A'.repeat(2_000_000) }), {
    status: 413,
    body: {
      message: 'The body is too large: give a larger file as mediaUrl, or raise EAZEWA_MEDIA_LIMIT_BYTES.',
    },
  });
  simulator.media.fail('refuse', { of: 'uploads' });
  const [what, why] = await refused('send-media', file);
  assert.deepEqual([what, why], ['The file could not be uploaded.', 'Media upload failed on all hosts']);
});
