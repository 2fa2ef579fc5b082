import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { MessageData } from '@eazewa/sdk/events';
import { FakeClock } from '../testing/fake-clock.ts';
import { until } from '../testing/until.ts';
import { createMedia, type MediaParts } from './media.ts';
import { MediaUnavailable, type MediaFault } from './media-unavailable.ts';
import { encryptFile, messageWith } from './testing/encrypted-file.ts';
import { authority, startMediaServer } from './testing/media-server.ts';

const server = await startMediaServer();
const path = '/v/file.enc?ccb=1';
const options = { maxBytes: 10_000_000, signal: new AbortController().signal };

test('a file of every kind is fetched, decrypted and checked', async () => {
  for (const [type, size] of [
    ['image', 0],
    ['image', 15],
    ['sticker', 16],
    ['video', 17],
    ['audio', 100_000],
    ['ptt', 65_536],
    ['document', 1_000_003],
  ] as const) {
    const file = await encryptFile(randomBytes(size), type, { mimetype: 'a/b', filename: 'f.pdf' });
    server.has.set(path, file.bytes);
    const got = await mediaOf().fetch(1, file.message, options);
    assert.deepEqual(got, {
      mimetype: 'a/b',
      data: file.plain.toString('base64'),
      filename: 'f.pdf',
      filesize: size,
    });
    const { chunks } = await mediaOf().open(1, file.message, options);
    assert.deepEqual(await all(chunks), file.plain, `${type} of ${size}`);
  }
});

test('a file that arrives byte by byte is the same', async () => {
  const file = await encryptFile(randomBytes(100));
  server.has.set(path, (_request, response) => {
    const writeNext = (at: number): void => {
      if (at === file.bytes.length) return void response.end();
      response.write(file.bytes.subarray(at, at + 1), () => writeNext(at + 1));
    };
    writeNext(0);
  });
  const { data } = await mediaOf().fetch(1, file.message, options);
  assert.equal(data, file.plain.toString('base64'));
});

test('a file of a channel is not encrypted, and checked all the same', async () => {
  const plain = randomBytes(5000);
  const { message } = await encryptFile(plain);
  const { mediaKey: _, encFilehash: __, ...raw } = message._data;
  server.has.set(path, plain);
  assert.equal((await mediaOf().fetch(1, messageWith(raw), options)).data, plain.toString('base64'));
  server.has.set(path, Buffer.concat([plain, Buffer.of(0)]));
  await fails(mediaOf().fetch(1, messageWith(raw), options), 'damaged');
  const { filehash: ___, ...unchecked } = raw;
  await fails(mediaOf().fetch(1, messageWith(unchecked), options), 'no_media');
});

test('whatever is not as the sender encrypted it is damaged', async () => {
  const { bytes, message, plain } = await encryptFile(randomBytes(1000));
  const flipped = (at: number) => bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
  const other = randomBytes(32).toString('base64');
  const wrongs: [Uint8Array, Partial<MessageData['_data']>, string][] = [
    [flipped(0), { encFilehash: undefined as never }, 'a changed byte, by the MAC'],
    [flipped(bytes.length - 1), { encFilehash: undefined as never }, 'a changed MAC'],
    [bytes, { encFilehash: other }, 'another hash of the encrypted file'],
    [bytes, { filehash: other }, 'another hash of the file'],
    [bytes, { mediaKey: other }, 'another key'],
    [bytes.subarray(0, -1), { encFilehash: undefined as never }, 'cut off'],
    [bytes.subarray(0, 5), { encFilehash: undefined as never }, 'shorter than a MAC'],
    [new Uint8Array(0), {}, 'nothing'],
    [plain, {}, 'not encrypted'],
  ];
  for (const [served, raw, what] of wrongs) {
    server.has.set(path, served);
    const wrong = messageWith({ ...message._data, ...raw });
    await fails(mediaOf().fetch(1, wrong, options), 'damaged', what);
    const { chunks } = await mediaOf().open(1, wrong, options);
    await fails(all(chunks), 'damaged', what);
  }
});

test('the end of a damaged file is never given, so nobody has all of it', async () => {
  for (const size of [1, 32, 100_000, 131_072]) {
    const { bytes, message } = await encryptFile(randomBytes(size));
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    server.has.set(path, bytes);
    const { chunks } = await mediaOf().open(1, message, options);
    let given = 0;
    await fails(
      (async () => {
        for await (const chunk of chunks) given += chunk.length;
      })(),
      'damaged',
    );
    assert.ok(given < size, `${given} of ${size}`);
  }
});

test('a file is not larger than was asked for, whatever its sender or the server says', async () => {
  const { bytes, message, plain } = await encryptFile(randomBytes(1000));
  server.has.set(path, bytes);
  const fetch = (raw: object, maxBytes: number) =>
    mediaOf().fetch(1, messageWith({ ...message._data, ...raw }), { ...options, maxBytes });
  assert.equal((await fetch({}, 1000)).filesize, 1000);
  const before = server.asked.length;
  await fails(fetch({}, 999), 'too_large');
  assert.equal(server.asked.length, before, 'it was not even asked for');
  await fails(fetch({ size: 5 }, 500), 'too_large');
  server.has.set(path, (_request, response) => {
    response.write(bytes.subarray(0, 600));
    response.write(bytes.subarray(600));
    response.end();
  });
  await fails(fetch({ size: 5 }, 500), 'too_large');
  assert.equal((await fetch({ size: 5 }, 5000)).data, plain.toString('base64'));
});

test('the host is the media server, whatever a message says', async () => {
  const { bytes, message } = await encryptFile(randomBytes(10));
  server.has.set(path, bytes);
  const { directPath, ...raw } = message._data;
  const url = `https://${server.host}${path}`;
  assert.equal(
    (
      await mediaOf().fetch(
        1,
        messageWith({ ...raw, directPath, deprecatedMms3Url: 'https://evil.example/' }),
        options,
      )
    ).filesize,
    10,
  );
  const before = server.asked.length;
  for (const place of [
    { deprecatedMms3Url: url },
    { deprecatedMms3Url: `http://mmg.whatsapp.net${path}` },
    { deprecatedMms3Url: `https://mmg.whatsapp.net:8443${path}` },
    { deprecatedMms3Url: 'https://mmg.whatsapp.net.evil.example/' },
    { deprecatedMms3Url: 'https://evilwhatsapp.net/' },
    { directPath: '.evil.example/x' },
    { directPath: '@evil.example/x' },
    { directPath: '//evil.example/x' },
    { directPath: '/x y' },
    { directPath: '/x\r\nHost: evil.example' },
    {},
  ]) {
    await fails(
      mediaOf().fetch(1, messageWith({ ...raw, ...place }), options),
      'no_media',
      JSON.stringify(place),
    );
  }
  assert.equal(server.asked.length, before);
});

test('a message without a file, or without its key, has no media', async () => {
  const { message } = await encryptFile(randomBytes(10));
  await fails(mediaOf().fetch(1, messageWith({ type: 'chat' }), options), 'no_media');
  await fails(mediaOf().fetch(1, messageWith({ ...message._data, mediaKey: 'AAAA' }), options), 'no_media');
  await fails(mediaOf().fetch(1, messageWith({ ...message._data, type: 'location' }), options), 'no_media');
});

test('a server that is not there, or not trusted, or answers with a failure, is unreachable', async () => {
  const { bytes, message } = await encryptFile(randomBytes(10));
  server.has.set(path, bytes);
  await fails(
    mediaOf({ host: { host: '127.0.0.1:1', ca: authority } }).fetch(1, message, options),
    'unreachable',
  );
  await fails(mediaOf({ host: { host: server.host, ca: null } }).fetch(1, message, options), 'unreachable');
  for (const answer of [500, 403, 302, 204]) {
    server.has.set(path, answer);
    await fails(mediaOf().fetch(1, message, options), 'unreachable', String(answer));
  }
  server.has.set(path, (_request, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('x', () => response.destroy());
  });
  await fails(mediaOf().fetch(1, message, options), 'unreachable');
});

test('a kept connection that the server ends when it is used again is replaced by another', async () => {
  const media = mediaOf();
  const cut = new Set<unknown>();
  for (const _ of [1, 2, 3]) {
    const file = await encryptFile(randomBytes(100));
    server.has.set(path, ({ socket }, response) => {
      if (cut.has(socket)) return void socket.destroy();
      cut.add(socket);
      response.end(file.bytes);
    });
    assert.equal((await media.fetch(1, file.message, options)).data, file.plain.toString('base64'));
  }
  assert.equal(cut.size, 3);
});

test('a server that never ends is left after two minutes', async () => {
  const { message } = await encryptFile(randomBytes(10));
  const clock = new FakeClock();
  const asked = Promise.withResolvers<void>();
  server.has.set(path, (_request, response) => void response.write('x', () => asked.resolve()));
  const fetching = mediaOf({ clock }).fetch(1, message, options);
  fetching.catch(() => undefined);
  await asked.promise;
  clock.advance(120_000);
  await fails(fetching, 'unreachable');
});

test('a gateway that stops waits for no file', async () => {
  const { message } = await encryptFile(randomBytes(10));
  for (const how of ['fetch', 'open'] as const) {
    const media = mediaOf();
    const asked = Promise.withResolvers<void>();
    server.has.set(path, (_request, response) => void response.write('x', () => asked.resolve()));
    const reading = how === 'fetch' ? media.fetch(1, message, options) : read(media);
    reading.catch(() => undefined);
    await asked.promise;
    media.close();
    await fails(reading, 'unreachable');
  }

  async function read(media: ReturnType<typeof mediaOf>): Promise<Buffer> {
    return all((await media.open(1, message, options)).chunks);
  }
});

test('what is asked for by several at once, and again soon, is fetched once', async () => {
  const { bytes, message, plain } = await encryptFile(randomBytes(10));
  const media = mediaOf();
  server.asked.length = 0;
  const held = Promise.withResolvers<void>();
  server.has.set(path, (_request, response) => void held.promise.then(() => response.end(bytes)));
  const leaving = new AbortController();
  const left = media.fetch(1, message, { ...options, signal: leaving.signal });
  const all = [media.fetch(1, message, options), media.fetch(2, message, options)];
  leaving.abort(new Error('not waiting any more'));
  await fails(left, 'unreachable');
  held.resolve();
  for (const { data } of await Promise.all(all)) assert.equal(data, plain.toString('base64'));
  assert.equal((await media.fetch(3, message, options)).filesize, 10);
  assert.deepEqual(server.asked, [path]);
});

test('when nobody waits for it any more the fetching ends', async () => {
  const { message } = await encryptFile(randomBytes(10));
  const closed = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  server.has.set(path, (_request, response) => {
    response.on('close', () => closed.resolve());
    response.write('x', () => asked.resolve());
  });
  const leaving = new AbortController();
  const left = mediaOf().fetch(1, message, { ...options, signal: leaving.signal });
  left.catch(() => undefined);
  await asked.promise;
  leaving.abort(new Error('gone'));
  await fails(left, 'unreachable');
  await closed.promise;
});

test('no more than eight files are fetched into memory at the same time', async () => {
  const media = mediaOf();
  const held: (() => void)[] = [];
  server.asked.length = 0;
  const files = await Promise.all(
    Array.from({ length: 10 }, (_, n) => encryptFile(Buffer.from([n]), 'image', { directPath: `/${n}` })),
  );
  for (const [n, { bytes }] of files.entries())
    server.has.set(`/${n}`, (_request, response) => void held.push(() => response.end(bytes)));
  const fetching = files.map(({ message }) => media.fetch(1, message, options));
  await until(() => held.length >= 8);
  assert.equal(server.asked.length, 8);
  let done = 0;
  while (done < 10) {
    held[done]?.();
    await fetching[done];
    done++;
    await until(() => held.length >= Math.min(10, 8 + done));
  }
});

test('readers of streams that take their time keep no file from memory', async () => {
  const media = mediaOf();
  const { bytes, message } = await encryptFile(randomBytes(10));
  server.has.set(path, bytes);
  server.has.set('/slow', (_request, response) => void response.write(randomBytes(100)));
  const { message: slow } = await encryptFile(randomBytes(10), 'image', { directPath: '/slow' });
  const leaving = new AbortController();
  const readers = Array.from({ length: 32 }, () =>
    media.open(1, slow, { ...options, signal: leaving.signal }),
  );
  await Promise.all(readers);
  assert.equal((await media.fetch(1, message, options)).filesize, 10);
  leaving.abort(new Error('gone'));
  media.close();
});

test('a file that is gone is asked of the phone, once, and fetched from its new place', async () => {
  const { bytes, message, plain } = await encryptFile(randomBytes(10));
  server.has.set(path, 410);
  server.has.set('/v/new.enc', bytes);
  server.asked.length = 0;
  const requests: string[] = [];
  const kept: unknown[] = [];
  const media = mediaOf({
    requestUpload: async (instanceId, { id }) => {
      requests.push(`${instanceId} ${id.id}`);
      return '/v/new.enc';
    },
    keepPath: async (instanceId, { id }, newPath) => void kept.push([instanceId, id.id, newPath]),
  });
  const both = await Promise.all([media.fetch(7, message, options), media.open(7, message, options)]);
  assert.equal(both[0].data, plain.toString('base64'));
  assert.deepEqual(await all(both[1].chunks), plain);
  assert.deepEqual(requests, ['7 3EB0F11E']);
  assert.deepEqual(kept, [[7, '3EB0F11E', '/v/new.enc']]);
});

test('a phone that has the file no more, or names no plain path, is left alone for ten minutes', async () => {
  const { message } = await encryptFile(randomBytes(10));
  server.has.set(path, 404);
  const clock = new FakeClock();
  const answers = [null, '@evil.example/x'];
  let requests = 0;
  const media = mediaOf({ clock, requestUpload: async () => answers[requests++] ?? null });
  for (const expected of [1, 1, 2, 2]) {
    await fails(media.fetch(1, message, options), 'gone');
    assert.equal(requests, expected);
    if (expected === 1 && requests === 1) clock.advance(300_001);
  }
});

test('a phone is asked for four files at the same time, the other phones meanwhile', async () => {
  const paths = Array.from({ length: 6 }, (_, n) => `/gone/${n}`);
  const asked: { readonly instanceId: number; readonly answer: () => void }[] = [];
  const media = mediaOf({
    async requestUpload(instanceId) {
      const { promise, resolve } = Promise.withResolvers<null>();
      asked.push({ instanceId, answer: () => resolve(null) });
      return promise;
    },
  });
  const fetch = async (instanceId: number, directPath: string) => {
    const { message } = await encryptFile(randomBytes(10), 'image', { directPath });
    await fails(media.fetch(instanceId, message, options), 'gone');
  };
  const fetching = paths.map((each) => fetch(1, each));
  await until(() => asked.length === 4);
  const other = fetch(2, '/gone/other');
  await until(() => asked.length === 5);
  assert.deepEqual(
    asked.map(({ instanceId }) => instanceId),
    [1, 1, 1, 1, 2],
  );
  for (let n = 0; n < 7; n++) {
    await until(() => asked.length > n);
    asked[n]?.answer();
  }
  await Promise.all([...fetching, other]);
});

test('when the phone cannot be asked now, it is asked the next time', async () => {
  const { bytes, message } = await encryptFile(randomBytes(10));
  server.has.set(path, 404);
  server.has.set('/v/new.enc', bytes);
  let isReady = false;
  const media = mediaOf({
    async requestUpload() {
      if (!isReady) throw new MediaUnavailable('gone', 'not ready');
      return '/v/new.enc';
    },
  });
  await fails(media.fetch(1, message, options), 'gone');
  isReady = true;
  assert.equal((await media.fetch(1, message, options)).filesize, 10);
});

function mediaOf(changes: Partial<MediaParts> = {}) {
  return createMedia({
    clock: new FakeClock(),
    host: { host: server.host, ca: authority },
    requestUpload: async () => null,
    keepPath: async () => undefined,
    ...changes,
  });
}

async function all(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const read: Uint8Array[] = [];
  for await (const chunk of chunks) read.push(chunk);
  return Buffer.concat(read);
}

async function fails(promise: Promise<unknown>, reason: MediaFault, what?: string): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof MediaUnavailable, String(error));
    assert.equal(error.reason, reason, what);
    return true;
  });
}
