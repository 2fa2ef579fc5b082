import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { FakeClock } from '../testing/fake-clock.ts';
import { GatewayError } from '../errors.ts';
import type { AddressPolicy } from '../reach/guard-address.ts';
import { createLoader } from './load-source.ts';

const exposed: AddressPolicy = {
  allowLoopback: false,
  allowedRanges: [],
  setting: 'EAZEWA_ALLOW_MEDIA_ADDRESSES',
  ownAddresses: [],
};
const onLoopback = { ...exposed, allowLoopback: true };

const pages = new Map<string, RequestListener>();
const server = createServer((request, response) => {
  const page = pages.get(request.url ?? '');
  if (page) page(request, response);
  else response.writeHead(404).end();
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
after(() => {
  server.closeAllConnections();
  server.close();
});
const { port } = server.address() as AddressInfo;
const base = `http://127.0.0.1:${port}`;

test('base64 is taken as it is written, and nothing else', async () => {
  const load = loader();
  for (const text of ['aGVsbG8=', 'aGVsbG8', 'aGVs\r\nbG8=', 'data:text/plain;base64,aGVsbG8=']) {
    const { bytes } = await load({ base64: text });
    assert.equal(Buffer.from(bytes).toString(), 'hello', text);
  }
  assert.deepEqual(Buffer.from((await load({ base64: '-_-_' })).bytes), Buffer.from('+/+/', 'base64'));
  for (const text of ['not base64!', 'aGVs bG8=', 'aG=VsbG8', '====', 'ä', 'data:,hello'])
    await refuses(load({ base64: text }), /^mediaBase64 is not base64\.$/);
  await refuses(load({ base64: Buffer.alloc(2001).toString('base64') }), /larger than 2000 bytes/);
});

test('a file is fetched with its type and name', async () => {
  pages.set('/a/My%20file.pdf?x=1', (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/pdf' }).end('%PDF-');
  });
  const file = await loader()({ url: `${base}/a/My%20file.pdf?x=1` });
  assert.deepEqual(
    { ...file, bytes: Buffer.from(file.bytes).toString() },
    { bytes: '%PDF-', name: 'My file.pdf', contentType: 'application/pdf' },
  );
  pages.set('/', (_request, response) => {
    response.writeHead(200, { 'content-disposition': 'attachment; filename="bill.txt"' }).end('x');
  });
  assert.equal((await loader()({ url: base })).name, 'bill.txt');
});

test('an address that is not public is refused: as it stands, by its name, and behind a redirect', async () => {
  const load = loader(exposed, { 'public.test': ['192.0.2.1'], 'inside.test': ['127.0.0.1', '10.0.0.1'] });
  await refuses(
    load({ url: base }),
    /127\.0\.0\.1 is not a public address; EAZEWA_ALLOW_MEDIA_ADDRESSES can/,
  );
  await refuses(load({ url: `http://inside.test:${port}/` }), /127\.0\.0\.1 is not a public address/);
  await refuses(load({ url: 'http://[::ffff:127.0.0.1]/' }), /not a public address/);
  await refuses(load({ url: 'http://169.254.169.254/latest' }), /metadata/);
  await refuses(load({ url: 'http://metadata.google.internal/' }), /metadata/);
  await refuses(load({ url: 'file:///etc/passwd' }), /http/);
  await refuses(load({ url: 'http://user:pass@host.example/' }), /user name/);
  for (const location of [
    'http://169.254.169.254/',
    'file:///etc/passwd',
    'http://10.0.0.1/',
    'http://inside.test/',
  ]) {
    pages.set('/redirect', (_request, response) => response.writeHead(302, { location }).end());
    const names = { 'inside.test': ['10.0.0.1'] };
    await refuses(
      loader(onLoopback, names)({ url: `${base}/redirect` }),
      /metadata|http|not a public address/,
    );
  }
});

test('the address that was checked is the one that is dialled', async () => {
  let asked = 0;
  const load = createLoader({
    clock: new FakeClock(),
    policy: onLoopback,
    maxBytes: 2000,
    // A second answer would lead elsewhere.
    resolve: async () => (asked++ === 0 ? ['127.0.0.1'] : ['10.0.0.1']),
  });
  pages.set('/once', (request, response) => void response.end(request.headers.host));
  const { bytes } = await load({ url: `http://rebinding.test:${port}/once` });
  assert.equal(Buffer.from(bytes).toString(), `rebinding.test:${port}`);
  assert.equal(asked, 1);
});

test('redirects are followed, but not for ever', async () => {
  pages.set('/1', (_request, response) => response.writeHead(301, { location: '/2' }).end());
  pages.set('/2', (_request, response) => response.writeHead(307, { location: `${base}/3` }).end());
  pages.set('/3', (_request, response) => void response.end('here'));
  assert.equal(Buffer.from((await loader()({ url: `${base}/1` })).bytes).toString(), 'here');
  pages.set('/round', (_request, response) => response.writeHead(302, { location: '/round' }).end());
  await refuses(loader()({ url: `${base}/round` }), /redirected more than 5 times/);
});

test('what is not there, empty, too large or too slow is refused with the reason', async () => {
  await refuses(loader()({ url: `${base}/nothing` }), /answered with 404/);
  pages.set('/empty', (_request, response) => void response.end());
  await refuses(loader()({ url: `${base}/empty` }), /empty file/);
  pages.set('/large', (_request, response) => void response.end(Buffer.alloc(2001)));
  await refuses(loader()({ url: `${base}/large` }), /larger than 2000 bytes/);
  pages.set('/larger', (_request, response) => {
    response.write(Buffer.alloc(1500));
    response.end(Buffer.alloc(1500));
  });
  await refuses(loader()({ url: `${base}/larger` }), /larger than 2000 bytes/);
  pages.set('/packed', (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'));
  });
  await refuses(loader()({ url: `${base}/packed` }), /sent the file compressed \(gzip\)/);
  pages.set('/identity', (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'Identity' }).end('x');
  });
  assert.equal((await loader()({ url: `${base}/identity` })).bytes.length, 1);
  await refuses(loader()({ url: 'http://127.0.0.1:1/' }), /could not be fetched \(ECONNREFUSED\)/);
  await refuses(loader()({ url: 'http://unknown.test/' }), /could not be fetched/);

  const clock = new FakeClock();
  const asked = Promise.withResolvers<void>();
  pages.set('/slow', (_request, response) => void response.write('x', () => asked.resolve()));
  const loading = loader(onLoopback, {}, clock)({ url: `${base}/slow` });
  loading.catch(() => undefined);
  await asked.promise;
  clock.advance(60_000);
  await refuses(loading, /within 60 seconds/);
});

function loader(policy = onLoopback, names: Record<string, string[]> = {}, clock = new FakeClock()) {
  const resolve = async (host: string) => {
    const addresses = names[host];
    if (addresses === undefined) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    return addresses;
  };
  return createLoader({ clock, policy, resolve, maxBytes: 2000 });
}

async function refuses(promise: Promise<unknown>, explanation: RegExp): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof GatewayError, String(error));
    assert.equal(error.code, 'action_failed');
    assert.match(error.details.explanation ?? '', explanation);
    return true;
  });
}
