import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { MediaUnavailable } from '../media/media-unavailable.ts';
import type { Media, OpenMedia } from '../media/media.ts';
import { messageData } from './testing/stub-messages.ts';
import { startApi } from './testing/start-api.ts';

const id = 'true_49170@c.us_3EB0123456789ABCDEF012';

test('a good link gives the file as something to save, whatever its sender says that it is', async (t) => {
  for (const [mimetype, type] of [
    ['image/jpeg', 'image/jpeg'],
    ['audio/ogg; codecs=opus', 'audio/ogg; codecs=opus'],
    ['text/html', 'text/html'],
    ['text/html\r\nx: y', 'application/octet-stream'],
    ['', 'application/octet-stream'],
  ] as const) {
    const { get, link } = await apiWith(t, async () => file({ mimetype }));
    const { status, headers, body } = await get(link());
    assert.deepEqual([status, body, headers['content-type']], [200, 'bytes', type]);
    assert.equal(headers['content-disposition'], 'attachment');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.match(String(headers['content-security-policy']), /^sandbox; default-src 'none'/);
  }
});

test('a name of a file cannot break out of its header', async (t) => {
  const filename = 'a"; b\r\nc: d/../ü\u{1F600}\ud800.pdf';
  const { get, link } = await apiWith(t, async () => file({ filename }));
  const { headers } = await get(link());
  assert.equal(
    headers['content-disposition'],
    "attachment; filename*=UTF-8''a%22%3B%20b%0D%0Ac%3A%20d%2F..%2F%C3%BC%F0%9F%98%80%EF%BF%BD.pdf",
  );
});

test('a link that is not signed, or was changed, opens nothing and tells nothing', async (t) => {
  const { get, link } = await apiWith(t, () => assert.fail('nothing is fetched'));
  const forbidden = { message: 'This link is not signed by this gateway.' };
  for (const path of [
    `/media/33/${encodeURIComponent(id)}`,
    '/media/33/nothing?expires=9999999999&signature=x',
    link().replace('/media/33/', '/media/34/'),
    link().replace(/signature=./, 'signature=%00'),
    `${link()}&expires=1`,
    `${link()}&signature=1`,
  ]) {
    const { status, body } = await get(path);
    assert.deepEqual([status, body], [403, forbidden], path);
  }
});

test('a link ends, and a message may be forgotten before', async (t) => {
  const { api, get, link } = await apiWith(t, async () => file({}));
  const good = link();
  api.known.clear();
  assert.deepEqual(pick(await get(good)), [404, { message: 'There is no such message any more.' }]);
  api.clock.advance(3_600_001);
  assert.deepEqual(pick(await get(good)), [410, { message: 'This link has expired.' }]);
});

test('a file that cannot be had has a status by the reason', async (t) => {
  for (const [reason, status] of [
    ['gone', 410],
    ['no_media', 404],
    ['unreachable', 502],
    ['damaged', 502],
    ['too_large', 502],
  ] as const) {
    const { get, link } = await apiWith(t, () => Promise.reject(new MediaUnavailable(reason)));
    assert.equal((await get(link())).status, status, reason);
  }
});

test('no more than 300 files of an instance are fetched in a minute', async (t) => {
  const { api, get, link } = await apiWith(t, async () => file({}));
  const path = link();
  for (let n = 0; n < 300; n++) assert.equal((await get(path)).status, 200);
  const { status, headers } = await get(path);
  assert.deepEqual([status, headers['retry-after']], [429, '60']);
  api.clock.advance(60_001);
  assert.equal((await get(path)).status, 200);
});

test('a file that breaks off is whole to nobody, whatever HTTP he speaks', async (t) => {
  let begun = Promise.withResolvers<void>();
  const { api, link } = await apiWith(t, async () => ({ ...file({}), chunks: brokenOff(begun.promise) }));
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
  for (const version of ['1.0', '1.1']) {
    begun = Promise.withResolvers<void>();
    const { error, text } = await rawGet(Number(new URL(url).port), link(), version, begun.resolve);
    assert.match(text, /bytes/);
    const isWhole = version === '1.1' ? text.endsWith('\r\n0\r\n\r\n') : error === null;
    assert.equal(isWhole, false, `HTTP/${version}`);
  }
});

test('who has gone before the file is there keeps no place among the readers', async (t) => {
  const found = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<AbortSignal>();
  const { api, link } = await apiWith(t, async (_instance, _message, { signal }) => {
    opened.resolve(signal);
    return file({});
  });
  api.deps.messages.find = async (_instance, messageId) => {
    await found.promise;
    return api.known.get(messageId) ?? assert.fail();
  };
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
  const closed = new Promise<void>((resolve) =>
    api.app.server.once('connection', (socket) => socket.once('close', () => setImmediate(resolve))),
  );
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(`GET ${link()} HTTP/1.1\r\nhost: x\r\n\r\n`);
  await once(api.app.server, 'request');
  socket.destroy();
  await closed;
  found.resolve();
  assert.equal((await opened.promise).aborted, true);
});

test('only GET is served, and nothing of a link is logged', async (t) => {
  const { api, link } = await apiWith(t, async () => file({}));
  for (const method of ['HEAD', 'POST', 'PUT', 'DELETE'] as const)
    assert.equal((await api.call(method, link(), { token: null })).status, 404, method);
  assert.doesNotMatch(api.logged.join(''), /signature|3EB0123456789ABCDEF012/);
});

async function apiWith(t: TestContext, open: Media['open']) {
  const api = await startApi(t, { media: { open, fetch: () => Promise.reject(new Error('not here')) } });
  api.known.set(id, messageData({ chatId: '49170@c.us', text: '', mentions: [] }));
  const link = () => {
    const { pathname, search } = new URL(api.deps.mediaLinks.make('https://a.example', 33, id).url);
    return pathname + search;
  };
  return { api, link, get: (path: string) => api.call('GET', path, { token: null }) };
}

function file({ mimetype = 'image/png', filename = null }: Partial<OpenMedia>): OpenMedia {
  return { mimetype, filename, chunks: chunksOf('by', 'tes') };
}

async function* brokenOff(begun: Promise<void>): AsyncGenerator<Uint8Array> {
  yield Buffer.from('bytes');
  await begun;
  throw new MediaUnavailable('damaged');
}

/** All that came until the connection ended, and the error that ended it; null when it was closed in good order. */
async function rawGet(port: number, path: string, version: string, onBegin: () => void) {
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET ${path} HTTP/${version}\r\nhost: x\r\n\r\n`);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.includes('bytes')) onBegin();
  });
  let error: Error | null = null;
  socket.on('error', (why) => (error = why));
  await new Promise((resolve) => socket.once('close', resolve));
  return { error, text };
}

async function* chunksOf(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

function pick({ status, body }: { status: number; body: unknown }): [number, unknown] {
  return [status, body];
}
