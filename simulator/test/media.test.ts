import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { beforeEach, test } from 'node:test';
import { downloadMediaMessage, getContentType } from 'baileys';
import type { AnyMediaMessageContent, WAMessage } from 'baileys';
import { mediaOf } from '@eazewa/simulator';
import type { MediaKind, NewMedia } from '@eazewa/simulator';
import { linkedAlice } from './support/linked-alice.ts';
import { trustMedia } from './support/trust-media.ts';

const { simulator, alice, client } = await linkedAlice();
trustMedia(simulator);
const bob = simulator.addPhone({ name: 'Bob' });
const group = alice.createGroup('Pictures', [bob]);
const bytes = randomBytes(100_000);

beforeEach(() => simulator.media.heal());

/** What a phone sends, and what a client sees of it besides the file. */
const sent: [NewMedia, Record<string, unknown>][] = [
  [
    { kind: 'image', bytes, caption: 'a picture', width: 640, height: 480 },
    { mimetype: 'image/jpeg', caption: 'a picture', width: 640, height: 480 },
  ],
  [
    { kind: 'video', bytes, caption: 'a film', seconds: 7, width: 320, height: 240 },
    { mimetype: 'video/mp4', caption: 'a film', seconds: 7, width: 320, height: 240, gifPlayback: null },
  ],
  [
    { kind: 'gif', bytes },
    { mimetype: 'video/mp4', gifPlayback: true },
  ],
  [
    { kind: 'video-note', bytes, seconds: 3 },
    { mimetype: 'video/mp4', seconds: 3 },
  ],
  [
    { kind: 'audio', bytes, mimetype: 'audio/mp4' },
    { mimetype: 'audio/mp4', ptt: null },
  ],
  [
    { kind: 'voice', bytes, seconds: 9, waveform: Uint8Array.of(1, 50, 100) },
    { mimetype: 'audio/ogg; codecs=opus', ptt: true, seconds: 9, waveform: Uint8Array.of(1, 50, 100) },
  ],
  [
    { kind: 'document', bytes, mimetype: 'application/pdf', fileName: 'bill.pdf', pageCount: 2 },
    { mimetype: 'application/pdf', fileName: 'bill.pdf', title: 'bill.pdf', pageCount: 2, caption: null },
  ],
  [
    { kind: 'document', bytes, mimetype: 'text/plain', fileName: 'note.txt', caption: 'a note' },
    { mimetype: 'text/plain', fileName: 'note.txt', caption: 'a note' },
  ],
  [
    { kind: 'sticker', bytes, isAnimated: true },
    { mimetype: 'image/webp', isAnimated: true, width: 512, height: 512 },
  ],
  [
    { kind: 'image', bytes, viewOnce: true },
    { mimetype: 'image/jpeg', viewOnce: true },
  ],
  [
    { kind: 'video', bytes, viewOnce: true },
    { mimetype: 'video/mp4', viewOnce: true },
  ],
  [
    { kind: 'voice', bytes, viewOnce: true },
    { ptt: true, viewOnce: true },
  ],
];

for (const [media, expected] of sent) {
  const name = `${media.viewOnce ? 'view-once ' : ''}${media.kind}${media.caption ? ' with a caption' : ''}`;
  test(`a phone sends a ${name} to a client and to a group`, async () => {
    for (const to of [alice, group]) {
      const { id } = await bob.sendMedia(to, media);
      const received = await client.message(id);
      const found = mediaOf(received.message ?? undefined);
      assert.equal(found?.kind, media.kind);
      for (const [field, value] of Object.entries(expected))
        assert.deepEqual(Reflect.get(found?.fields ?? {}, field), value, field);
      assert.equal(Number(found?.fields.fileLength), bytes.length);
      assert.deepEqual(await download(received), bytes);
      assert.deepEqual((await alice.download(id)).bytes, bytes, 'and its handset has it too');
    }
  });
}

test('a document with a caption is wrapped as phones do, and what is seen once in its two ways', async () => {
  const typeOf = async (media: NewMedia) => {
    const { id } = await bob.sendMedia(alice, media);
    return getContentType((await client.message(id)).message ?? undefined);
  };
  assert.equal(await typeOf({ kind: 'document', bytes, caption: 'a' }), 'documentWithCaptionMessage');
  assert.equal(await typeOf({ kind: 'image', bytes, viewOnce: true }), 'viewOnceMessageV2');
  assert.equal(await typeOf({ kind: 'audio', bytes, viewOnce: true }), 'viewOnceMessageV2Extension');
  await assert.rejects(bob.sendMedia(alice, { kind: 'sticker', bytes, viewOnce: true }), {
    code: 'invalid_request',
  });
});

test('what a phone quotes and mentions goes with its media', async () => {
  const contextInfo = { mentionedJid: [alice.lidJid], isForwarded: true, forwardingScore: 1 };
  const { id } = await bob.sendMedia(alice, { kind: 'image', bytes, contextInfo });
  const info = (await client.message(id)).message?.imageMessage?.contextInfo;
  assert.deepEqual([info?.mentionedJid, info?.isForwarded], [[alice.lidJid], true]);
});

/** What a client sends, and as what it arrives. Without thumbnails Baileys asks for programs that are not here. */
const jpegThumbnail = '';
const uploaded: [AnyMediaMessageContent, MediaKind][] = [
  [{ image: bytes, caption: 'mine', jpegThumbnail }, 'image'],
  [{ video: bytes, jpegThumbnail }, 'video'],
  [{ video: bytes, gifPlayback: true, jpegThumbnail }, 'gif'],
  [{ video: bytes, ptv: true, jpegThumbnail }, 'video-note'],
  [{ audio: bytes, seconds: 4, mimetype: 'audio/mp4' }, 'audio'],
  [{ audio: bytes, seconds: 4, ptt: true }, 'voice'],
  [{ document: bytes, mimetype: 'text/plain', fileName: 'note.txt' }, 'document'],
  [{ document: bytes, mimetype: 'text/plain', caption: 'a note' }, 'document'],
  [{ sticker: bytes }, 'sticker'],
];

for (const [content, kind] of uploaded) {
  test(`a client uploads ${Object.keys(content).join(', ')}, and phones download it`, async () => {
    for (const to of [bob.jid, group.jid]) {
      const id = (await client.socket.sendMessage(to, content))?.key.id ?? '';
      const message = await bob.waitForMessage((one) => one.id === id && one.content !== undefined);
      assert.equal(mediaOf(message.content)?.kind, kind);
      assert.deepEqual((await bob.download(message)).bytes, bytes);
    }
  });
}

test('an upload without the auth of media_conn is refused, and one with it need not be the first', async () => {
  const { media } = simulator;
  const { hosts, auth } = await client.socket.refreshMediaConn(true);
  assert.deepEqual(
    hosts.map(({ hostname }) => hostname),
    [media.host],
  );
  const body = Buffer.from('anything');
  const token = createHash('sha256').update(body).digest('base64url');
  const upload = (path: string) =>
    fetch(`https://${media.host}${path}`, { method: 'POST', body }).then(({ status }) => status);
  const known = media.files.length;

  assert.equal(await upload(`/mms/image/${token}?auth=guessed&token=${token}`), 401);
  assert.equal(await upload(`/mms/image/${token}?token=${token}`), 401);
  assert.equal(await upload(`/mms/image/other?auth=${auth}&token=other`), 400);
  assert.equal(await upload(`/mms/nothing/${token}?auth=${auth}&token=${token}`), 404);
  assert.equal(await upload(`/mms/image/%zz?auth=${auth}&token=%zz`), 400);
  assert.equal(media.files.length, known);
  assert.equal(await upload(`/mms/image/${token}?auth=${auth}&token=${token}`), 200);
  assert.equal(media.files.length, known + 1);
  media.forgetAuths();
  assert.equal(await upload(`/mms/image/${token}?auth=${auth}&token=${token}`), 401);
  await client.socket.refreshMediaConn(true);
});

test('parts of a file can be had, whatever part a client asks for', async () => {
  const { file, id } = await bob.sendMedia(alice, { kind: 'video', bytes });
  const part = (range: string) => fetch(file.url, { headers: { range } });
  const first = await part('bytes=0-9');
  assert.deepEqual(
    [first.status, first.headers.get('content-range')],
    [206, `bytes 0-9/${file.bytes.length}`],
  );
  assert.deepEqual(await bytesOf(first), Buffer.from(file.bytes.subarray(0, 10)));
  assert.deepEqual(await bytesOf(await part('bytes=99990-')), Buffer.from(file.bytes.subarray(99_990)));
  assert.deepEqual(await bytesOf(await part('bytes=-10')), Buffer.from(file.bytes.subarray(-10)));
  assert.equal((await part('bytes=999999-')).status, 416);

  const received = await client.message(id);
  const range = { startByte: 50_000, endByte: 50_100 };
  assert.deepEqual(await download(received, range), bytes.subarray(50_000, 50_100));
});

test('an expired file is answered with 410 or 404, until it is there again', async () => {
  const { id, file } = await bob.sendMedia(alice, { kind: 'image', bytes });
  const received = await client.message(id);
  for (const [how, code] of [
    ['gone', 410],
    ['missing', 404],
  ] as const) {
    simulator.media.expire(file, how);
    await assert.rejects(download(received), status(code));
    await assert.rejects(alice.download(id), { code: 'media_expired' });
  }
  simulator.media.restore(file.url);
  assert.deepEqual(await download(received), bytes);
});

test('a message, a path or an url names a file; a wrong signature finds none', async () => {
  const { id, file } = await bob.sendMedia(alice, { kind: 'image', bytes });
  const message = alice.messages.find((one) => one.id === id);
  assert.ok(message);
  for (const name of [message, file.directPath, file.url, file])
    assert.equal(simulator.media.find(name), file);
  const forged = file.directPath.replace(/oh=./, 'oh=z');
  assert.equal(simulator.media.find(forged), undefined);
  assert.equal((await fetch(`https://${simulator.media.host}${forged}`)).status, 404);
  assert.throws(() => simulator.media.expire('/v/nothing'), { code: 'unknown_media' });
});

test('a download fails in each of the ways, as often as it is asked to', async () => {
  const { id, file } = await bob.sendMedia(alice, { kind: 'image', bytes });
  const received = await client.message(id);
  const { media } = simulator;
  const options = { of: 'downloads', times: 1 } as const;

  media.fail('refuse', options);
  await assert.rejects(download(received), status(503));
  // Baileys does not survive a cut of its own download: the error of the stream that it pipes from has no listener.
  media.fail('cut', options);
  await assert.rejects((await fetch(file.url)).arrayBuffer(), /terminated/);
  media.fail('damage', options);
  const damaged = await bytesOf(await fetch(file.url));
  const wrong = [...damaged.keys()].filter((i) => damaged[i] !== file.bytes[i]);
  assert.deepEqual([damaged.length, wrong.length], [file.bytes.length, 1]);
  media.fail('slow', options);
  assert.deepEqual(await download(received), bytes);
  assert.deepEqual(await download(received), bytes);

  media.fail('stall', options);
  const stalled = await fetch(file.url);
  assert.equal(stalled.headers.get('content-length'), String(file.bytes.length));
  const parts = stalled.body?.getReader();
  let come = 0;
  while (come < Math.floor(file.bytes.length / 2)) come += (await parts?.read())?.value?.length ?? 0;
  assert.equal(come, Math.floor(file.bytes.length / 2), 'half of it, and the connection stays');
  await parts?.cancel();

  media.fail('silence', options);
  const aborted = new AbortController();
  const silent = fetch(file.url, { signal: aborted.signal });
  assert.deepEqual(await download(received), bytes, 'the next one is answered, the silent one not');
  aborted.abort();
  await assert.rejects(silent, { name: 'AbortError' });
  assert.throws(() => media.fail('boredom'), /only: silence, stall/);
});

test('an upload that fails is for the client to repeat', async () => {
  simulator.media.fail('refuse', { of: 'uploads' });
  const send = () => client.socket.sendMessage(bob.jid, { document: bytes, mimetype: 'text/plain' });
  await assert.rejects(send(), /Media upload failed/);
  simulator.media.heal();
  const id = (await send())?.key.id ?? '';
  const message = await bob.waitForMessage((one) => one.id === id);
  assert.deepEqual((await bob.download(message)).bytes, bytes);
});

for (const to of ['a chat', 'a group'] as const) {
  test(`a client gets an expired file of ${to} again from its own handset`, async () => {
    const { id, file } = await bob.sendMedia(to === 'a group' ? group : alice, { kind: 'voice', bytes });
    const received = await client.message(id);
    simulator.media.expire(file);
    await assert.rejects(download(received));

    const updated = await client.socket.updateMediaMessage(received);
    const path = updated.message?.audioMessage?.directPath;
    assert.ok(path && path !== file.directPath);
    assert.deepEqual(await download(updated), bytes);
    assert.equal(simulator.media.find(file)?.state, 'gone', 'the old path stays expired');
  });
}

test('a client gets its own expired file again too', async () => {
  const sent = await client.socket.sendMessage(bob.jid, { document: bytes, mimetype: 'text/plain' });
  assert.ok(sent);
  const message = await bob.waitForMessage((one) => one.id === sent.key.id);
  simulator.media.expire(message, 'missing');
  assert.deepEqual(await download(await client.socket.updateMediaMessage(sent)), bytes);
});

test('a handset answers what it cannot give with an error, and later when it has no network now', async () => {
  const { id } = await bob.sendMedia(alice, { kind: 'image', bytes });
  const received = await client.message(id);
  const other = { ...received, key: { ...received.key, id: 'OTHER' } };
  await assert.rejects(client.socket.updateMediaMessage(other), status(404));
  const image = received.message?.imageMessage;
  const wrongKey = { ...received, message: { imageMessage: { ...image, mediaKey: randomBytes(32) } } };
  await assert.rejects(client.socket.updateMediaMessage(wrongKey), status(412));

  alice.goOffline();
  const asked = client.socket.updateMediaMessage(received);
  const { id: text } = await bob.send(alice, 'the client goes on');
  await client.message(text);
  alice.goOnline();
  assert.deepEqual(await download(await asked), bytes);

  alice.loseMedia(id);
  await assert.rejects(client.socket.updateMediaMessage(received), status(404));
  assert.throws(() => alice.loseMedia('NOTHING'), { code: 'unknown_message' });
});

test('a handset can keep silent about expired files', async () => {
  const { id } = await bob.sendMedia(alice, { kind: 'image', bytes });
  const received = await client.message(id);
  const answers: string[] = [];
  const stop = simulator.on('stanza', ({ direction, stanza: { tag, attrs } }) => {
    if (direction === 'out' && (tag === 'notification' || tag === 'ack')) answers.push(attrs['type'] ?? '');
  });
  alice.answersMediaRetries = false;
  // Baileys waits for ever: only the answer to the same question, asked again below, ends this one.
  const silence = client.socket.updateMediaMessage(structuredClone(received));
  await client.until(() => answers.includes('server-error'));
  alice.answersMediaRetries = true;
  const { id: later } = await bob.sendMedia(alice, { kind: 'image', bytes });
  await client.socket.updateMediaMessage(await client.message(later));
  assert.deepEqual(
    answers.filter((type) => type === 'mediaretry'),
    ['mediaretry'],
  );
  stop();
  await client.socket.updateMediaMessage(received);
  await silence;
});

/** Whether it is an error of Baileys with that status code. */
function status(code: number): (error: { output: { statusCode: number } }) => true {
  return ({ output }) => {
    assert.equal(output.statusCode, code);
    return true;
  };
}

async function download(
  message: WAMessage,
  range: { startByte?: number; endByte?: number } = {},
): Promise<Buffer> {
  return downloadMediaMessage(message, 'buffer', range);
}

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}
