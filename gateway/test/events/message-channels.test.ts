import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventBody, EventBodyOf, EventData, MessageData } from '@eazewa/sdk/events';
import { forwarded, linkPreview, poll, type Content, type MediaFile } from '@eazewa/simulator';
import { until } from '../support/until.ts';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';
import { assertTold, type Parties, type Told } from './expected-message.ts';
import { idIn } from './ids.ts';
import { filehash, mediaKinds, type MediaKind } from './media-kinds.ts';

// What happens in channels: nothing there is encrypted, nobody but the channel is named, and others are only counted.
const world = await startWorld({ config: { publicUrl: 'http://127.0.0.1:1' } });
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
const news = carol.channels.create('News');
shop.channels.follow(news);
const offers = shop.channels.create('Offers');
carol.channels.follow(offers);
/** When the server had each message, by its id. */
const times = new Map<string, number>();
simulator.on('stanza', ({ direction, stanza: { tag, attrs } }) => {
  if (direction === 'out' && tag === 'message' && attrs['edit'] === undefined)
    times.set(attrs['id'] ?? '', Number(attrs['t']));
});
const instance = await world.link(shop, [
  'message',
  'message_create',
  'message_edit',
  'message_revoke_everyone',
  'message_reaction',
  'message_ack',
  'vote_update',
]);
const own = '4930111111@c.us';

for (const one of mediaKinds.filter(({ media }) => media.viewOnce !== true)) {
  eventTest({ event: 'message', kind: `${one.kind} in a channel` }, async () =>
    file('message', one, carol.channels.postMedia(news, one.media), { chat: news.jid, fromMe: false }),
  );
}

eventTest({ event: 'message_create', kind: 'image in the own channel' }, async () => {
  const image = mediaKinds[1]!;
  const posted = shop.channels.postMedia(offers, image.media);
  return file('message_create', image, posted, { chat: offers.jid, fromMe: true });
});

eventTest({ event: 'message_create', kind: 'sent through the API into a channel' }, async () => {
  const sent = await send('send-message', { chatId: offers.jid, message: 'two for one' });
  assert.equal((await carol.waitForMessage(({ id }) => id === sent.id.id)).text, 'two for one');
  const body = await instance.body('message_create', ({ message }) => message.id.id === sent.id.id);
  assert.deepEqual([body.data.message.to, body.data.message.fromMe], [offers.jid, true]);
  await acked(sent.id.id);
  return body;
});

eventTest({ event: 'message_create', kind: 'image sent through the API into a channel' }, async () => {
  const { bytes } = mediaKinds[0]!.media;
  const mediaBase64 = Buffer.from(bytes).toString('base64');
  const file = { mediaBase64, mediaName: 'tea.jpg', mediaCaption: 'tea' };
  const sent = await send('send-media', { chatId: offers.jid, ...file });
  const atCarol = await carol.waitForMessage(({ id }) => id === sent.id.id);
  assert.deepEqual((await carol.download(atCarol)).bytes, Buffer.from(bytes));
  const body = await instance.body('message_create', ({ message }) => message.id.id === sent.id.id);
  const { message } = body.data;
  assert.deepEqual([message.type, message.body, message.mediaKey], ['image', 'tea', undefined]);
  const media = await instance.act('download-media', { messageId: message.id._serialized });
  assert.equal((media['data'] as { data: string }).data, mediaBase64);
  await acked(sent.id.id);
  return body;
});

eventTest({ event: 'message', kind: 'poll in a channel' }, async () => {
  const body = await post(poll('Tea?', ['yes', 'no']));
  const { message } = body.data;
  assert.deepEqual([message.type, message.pollName, message.body], ['poll_creation', 'Tea?', 'Tea?']);
  assert.deepEqual(message.pollOptions, [
    { name: 'yes', localId: 0 },
    { name: 'no', localId: 1 },
  ]);
  return body;
});

eventTest({ event: 'message', kind: 'link with a preview in a channel' }, async () => {
  const preview = { link: 'https://example.com', title: 'An example', description: 'Of a link' };
  return post(linkPreview('see https://example.com', preview), {
    type: 'chat',
    body: 'see https://example.com',
    title: 'An example',
    description: 'Of a link',
    links: [{ link: 'https://example.com', isSuspicious: false }],
  });
});

eventTest({ event: 'message', kind: 'forwarded into a channel' }, async () =>
  post(forwarded('pass it on', 2), {
    type: 'chat',
    body: 'pass it on',
    isForwarded: true,
    forwardingScore: 2,
  }),
);

eventTest({ event: 'message_edit', kind: 'in a channel' }, async () => {
  const { id, serverId } = carol.channels.post(news, 'at 7');
  const before = await created(id);
  carol.channels.edit(news, serverId, 'at 8');
  const body = await editOf(id, 'at 8');
  const { editedAtMs = 0 } = news.post(serverId);
  const edit = { latestEditSenderTimestampMs: editedAtMs, latestEditMsgKey: idIn(news.jid, id, false) };
  assert.deepEqual(body.data, {
    message: { ...before, body: 'at 8', ...edit, _data: { ...before._data, body: 'at 8', ...edit } },
    newBody: 'at 8',
    prevBody: 'at 7',
  });
  return body;
});

eventTest({ event: 'message_edit', kind: 'in a channel, twice' }, async () => {
  const { id, serverId } = carol.channels.post(news, 'one');
  carol.channels.edit(news, serverId, 'two');
  // Edits under one id are told apart by their time.
  const { editedAtMs } = news.post(serverId);
  await until(() => Date.now() !== editedAtMs);
  carol.channels.edit(news, serverId, 'three');
  const body = await editOf(id, 'three');
  assert.equal(body.data.prevBody, 'two');
  return body;
});

eventTest({ event: 'message_edit', kind: 'caption in a channel' }, async () => {
  const { media } = mediaKinds[0]!;
  const { id, serverId } = carol.channels.postMedia(news, { ...media, caption: 'a cta' });
  const before = await created(id);
  carol.channels.edit(news, serverId, 'a cat');
  const body = await editOf(id, 'a cat');
  const { message, prevBody } = body.data;
  assert.deepEqual([prevBody, message.type, message._data.caption], ['a cta', 'image', 'a cat']);
  assert.equal(message._data.directPath, before._data.directPath);
  return body;
});

eventTest({ event: 'message_edit', kind: 'in the own channel' }, async () => {
  const { id, serverId } = shop.channels.post(offers, '10 each');
  await created(id);
  shop.channels.edit(offers, serverId, '9 each');
  const body = await editOf(id, '9 each');
  assert.deepEqual([body.data.prevBody, body.data.message.fromMe], ['10 each', true]);
  return body;
});

eventTest({ event: 'message', kind: 'in a channel, edited before it was followed' }, async () => {
  shop.channels.unfollow(news);
  const { id, serverId, timestamp } = carol.channels.post(news, 'odl');
  shop.channels.follow(news);
  carol.channels.edit(news, serverId, 'old');
  const body = await instance.body('message', ({ message }) => message.id.id === id);
  const { editedAtMs = 0 } = news.post(serverId);
  assertTold(
    body.data.message,
    { own, chat: news.jid, id, fromMe: false, timestamp },
    {
      type: 'chat',
      body: 'old',
      latestEditSenderTimestampMs: editedAtMs,
      latestEditMsgKey: idIn(news.jid, id, false),
    },
  );
  return body;
});

eventTest({ event: 'message_revoke_everyone', kind: 'in a channel' }, async () => {
  const { id, serverId, timestamp } = carol.channels.post(news, 'never mind');
  const before = await created(id);
  carol.channels.delete(news, serverId);
  const body = await revokeOf(id);
  const { after } = body.data;
  assert.deepEqual(body.data.before, before);
  assert.deepEqual(
    [after.id, after.type, after.body, after.timestamp],
    [before.id, 'revoked', '', timestamp],
  );
  assert.deepEqual(after.protocolMessageKey, before.id);
  // Nobody but the channel is named.
  assert.deepEqual(
    [after._data.revokeSender, after._data.subtype, after._data.revokeTimestamp],
    [news.jid, 'admin', news.post(serverId).deletedAt],
  );
  return body;
});

eventTest({ event: 'message_revoke_everyone', kind: 'image in the own channel' }, async () => {
  const { id, serverId } = shop.channels.postMedia(offers, mediaKinds[0]!.media);
  const before = await created(id);
  shop.channels.delete(offers, serverId);
  const body = await revokeOf(id);
  const { after } = body.data;
  assert.equal(body.data.before?._data.directPath, before._data.directPath);
  assert.deepEqual([after.fromMe, after.hasMedia, after._data.directPath], [true, false, undefined]);
  return body;
});

eventTest(
  { event: 'message_revoke_everyone', kind: 'in a channel, of a post that is not known' },
  async () => {
    shop.channels.unfollow(news);
    const { id, serverId } = carol.channels.post(news, 'nobody saw it');
    shop.channels.follow(news);
    carol.channels.delete(news, serverId);
    const body = await revokeOf(id);
    assert.equal(body.data.before, null);
    assert.deepEqual(body.data.after.id, idIn(news.jid, id, false));
    assert.equal(body.data.after._data.incomplete, true);
    return body;
  },
);

test('what the own phone says about a post, and what others do, is no event and nothing that is missing', async () => {
  const { id, serverId } = carol.channels.post(news, poll('Tea again?', ['yes', 'no']));
  await created(id);
  shop.channels.react(news, serverId, '👍');
  shop.channels.react(news, serverId, '');
  shop.channels.vote(news, serverId, ['yes']);
  carol.channels.react(news, serverId, '😮');
  const last = carol.channels.post(news, 'the last one');
  await created(last.id);

  assert.deepEqual([instance.data('message_reaction'), instance.data('vote_update')], [[], []]);
  assert.deepEqual(world.read('select * from placeholders'), []);
});

/** A post with a file: all that is told, and that the file which it leads to is the one that was posted. */
async function file<Name extends 'message' | 'message_create'>(
  event: Name,
  one: MediaKind,
  { id, file: stored }: { id: string; file: MediaFile },
  where: Pick<Parties, 'chat' | 'fromMe'>,
): Promise<EventBodyOf<Name> & { readonly event: Name }> {
  const body = await instance.body(event, ({ message }) => message.id.id === id);
  const { message }: EventData['message_create'] = body.data;
  const size = one.media.bytes.length;
  const parties = { ...where, id, own, timestamp: times.get(id) ?? Number.NaN };
  assertTold(
    message,
    parties,
    { ...one.told, hasMedia: true },
    { directPath: stored.directPath, filehash, size, ...one.raw },
  );
  assert.equal(message.mediaKey, undefined);
  const media = await instance.act('download-media', { messageId: message.id._serialized });
  assert.deepEqual(media['data'], {
    mimetype: one.raw['mimetype'],
    data: Buffer.from(one.media.bytes).toString('base64'),
    ...(one.raw['filename'] === undefined ? {} : { filename: one.raw['filename'] }),
    filesize: size,
  });
  const { url = '' } = message._data.mediaLink ?? {};
  const { pathname, search } = new URL(url);
  const linked = await fetch(new URL(pathname + search, world.url));
  assert.deepEqual(Buffer.from(await linked.arrayBuffer()), one.media.bytes);
  return body;
}

async function post(
  content: Content,
  kind?: Partial<Told> & Pick<Told, 'type' | 'body'>,
): Promise<EventBody & EventBodyOf<'message'>> {
  const { id } = carol.channels.post(news, content);
  const body = await instance.body('message', ({ message }) => message.id.id === id);
  const parties = { own, chat: news.jid, id, fromMe: false, timestamp: times.get(id) ?? Number.NaN };
  if (kind) assertTold(body.data.message, parties, kind);
  return body;
}

/** An action that sends; the message that it answers with. */
async function send(action: string, what: object): Promise<MessageData> {
  const { status, data } = await instance.act(action, what);
  assert.equal(status, 'success', JSON.stringify(data));
  return data as MessageData;
}

async function acked(id: string): Promise<void> {
  await instance.body('message_ack', ({ message, ack }) => message.id.id === id && ack === 1);
}

async function created(id: string): Promise<MessageData> {
  const { data } = await instance.body('message_create', ({ message }) => message.id.id === id);
  return data.message;
}

function editOf(id: string, text: string): Promise<EventBody & EventBodyOf<'message_edit'>> {
  return instance.body('message_edit', ({ message, newBody }) => message.id.id === id && newBody === text);
}

function revokeOf(id: string): Promise<EventBody & EventBodyOf<'message_revoke_everyone'>> {
  return instance.body('message_revoke_everyone', ({ after }) => after.id.id === id);
}
