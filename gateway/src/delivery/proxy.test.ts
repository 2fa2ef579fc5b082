import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { until } from '../testing/until.ts';
import { proxyOf } from './proxy.ts';
import { localhostCertificate, selfSignedCertificate, serverKey } from './testing/certificates.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startProxy, tunnel } from './testing/proxy-server.ts';
import {
  answering,
  answeringAll,
  assertPartly,
  delivered,
  freePort,
  ok,
  send,
  sender,
  serve,
} from './testing/sending.ts';
import { trustTestAuthority } from './testing/trust-authority.ts';

trustTestAuthority();

const proxyFault = { outcome: 'silence', reason: 'proxy', phase: 'connect' };
const tls = { cert: localhostCertificate, key: serverKey };
const toLoopback = () => Promise.resolve(['127.0.0.1']);

for (const protocol of ['http', 'https']) {
  test(`${protocol}: the proxy is asked for the address, and the tunnel is used again`, async () => {
    const { proxy, asked } = await startProxy();
    const server = await serve(answeringAll, protocol === 'https' ? tls : undefined);
    const one = sender({ proxy, resolve: toLoopback });
    for (let i = 0; i < 3; i++) {
      assertPartly(await send(one, `${protocol}://localhost:${server.port}/hook`), delivered);
    }
    assert.deepEqual(asked, [`CONNECT 127.0.0.1:${server.port} HTTP/1.1`]);
    assert.equal(server.connections.length, 1);
    // Never the whole URL, which is how a proxy is asked to send the request itself.
    assert.ok(
      server.requests.every((request) => request.startsWith('POST /hook HTTP/1.1\r\nHost: localhost:')),
    );
  });
}

test('the proxy is told who we are, and the receiver is not', async () => {
  const server = await serve(answering(ok));
  const { server: proxyServer } = await startProxy();
  const proxy = proxyOf(`http://user:p%40ss@127.0.0.1:${proxyServer.port}`);
  assertPartly(await send(sender({ proxy }), server.url), delivered);
  const credentials = Buffer.from('user:p@ss').toString('base64');
  assert.match(
    proxyServer.requests[0] ?? '',
    new RegExp(`\r\nProxy-Authorization: Basic ${credentials}\r\n`),
  );
  assert.doesNotMatch(server.requests[0] ?? '', /proxy-authorization/i);
});

interface Fault {
  readonly row: string;
  readonly name: string;
  /** What the proxy answers to CONNECT; then it closes. */
  readonly answer: string;
  readonly detail: RegExp;
}

const faults: Fault[] = [
  {
    row: '89',
    name: 'wants other credentials',
    answer: 'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n',
    detail: /refuses our user and password \(407\)/,
  },
  ...[502, 503, 504, 403, 301, 404].map((status) => ({
    row: '89, 90',
    name: `answers with ${status}`,
    answer: `HTTP/1.1 ${status} x\r\nContent-Length: 0\r\n\r\n`,
    detail: new RegExp(`answers with ${status}`),
  })),
  { row: '89', name: 'closes without a byte', answer: '', detail: /closed the connection/ },
  {
    row: '89',
    name: 'stops inside its answer',
    answer: 'HTTP/1.1 200 Conn',
    detail: /closed the connection/,
  },
  { row: '89', name: 'is no HTTP server', answer: 'SSH-2.0-OpenSSH_9.9\r\n', detail: /is not HTTP/ },
  {
    row: '90',
    name: 'sends an answer of its own after 200',
    answer: 'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    detail: /sent something after its answer/,
  },
];

for (const { row, name, answer, detail } of faults) {
  for (const protocol of ['http', 'https']) {
    test(`${row}: a proxy that ${name}, for ${protocol}: silence, proxy`, async () => {
      const { proxy } = await startProxy(({ socket }) => void socket.end(answer));
      const result = await send(sender({ proxy }), `${protocol}://127.0.0.1:9/hook`);
      assertPartly(result, proxyFault);
      assert.match('detail' in result ? result.detail : '', detail);
    });
  }
}

test('89: a proxy that is not there, or is reset: silence, proxy', async () => {
  const gone = sender({ proxy: proxyOf(`http://127.0.0.1:${await freePort()}`) });
  assertPartly(await send(gone, 'http://127.0.0.1:9/'), { ...proxyFault, detail: 'the proxy: ECONNREFUSED' });
  const { proxy } = await startProxy(({ socket }) => void socket.resetAndDestroy());
  assertPartly(await send(sender({ proxy }), 'http://127.0.0.1:9/'), proxyFault);
});

test("89: a proxy whose name leads nowhere: silence, proxy, and not the receiver's dns", async () => {
  const one = sender({
    resolve: () => Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' })),
    proxy: proxyOf('http://proxy.test:3128'),
  });
  const result = await send(one, 'http://127.0.0.1:9/');
  assertPartly(result, { ...proxyFault, detail: 'the proxy: its name was not found (ENOTFOUND)' });
});

test('91: a proxy that hangs before its answer: silence, proxy, at the limit for connecting', async () => {
  const clock = new FakeClock();
  const { proxy, asked } = await startProxy(() => {});
  const result = send(sender({ clock, proxy }), 'http://127.0.0.1:9/');
  await until(() => asked.length === 1);
  clock.advance(5000);
  assertPartly(await result, { ...proxyFault, durationMs: 5000 });
});

for (const [protocol, waitMs, reason] of [
  ['http', 30_000, 'timeout'],
  ['https', 5000, 'connect_timeout'],
] as const) {
  test(`91: a tunnel that hangs after 200, for ${protocol}: silence at the deadline, as of a receiver that hangs`, async () => {
    const clock = new FakeClock();
    let sent = false;
    const { proxy } = await startProxy(({ socket }) => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.once('data', () => (sent = true));
    });
    const result = send(sender({ clock, proxy }), `${protocol}://127.0.0.1:9/`);
    await until(() => sent);
    clock.advance(waitMs);
    assertPartly(await result, { outcome: 'silence', reason, durationMs: waitMs });
  });
}

test('92: what the environment says of proxies does not count', async () => {
  const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'no_proxy'];
  const valuesBefore = names.map((name) => process.env[name]);
  const decoy = await startProxy();
  const { proxy, asked } = await startProxy();
  const server = await serve(answeringAll);
  try {
    for (const name of names) {
      process.env[name] = /^no/i.test(name) ? '127.0.0.1,*' : `http://127.0.0.1:${decoy.server.port}`;
    }
    assertPartly(await send(sender(), server.url), delivered);
    assertPartly(await send(sender({ proxy }), server.url), delivered);
  } finally {
    names.forEach((name, index) => {
      if (valuesBefore[index] === undefined) delete process.env[name];
      else process.env[name] = valuesBefore[index];
    });
  }
  assert.equal(decoy.server.connections.length, 0);
  assert.equal(asked.length, 1);
});

test('93: the guard runs here, and the proxy only gets addresses that it has passed', async () => {
  const policy = { allowLoopback: false, allowedRanges: ['127.0.0.1/32'], setting: 'S', ownAddresses: [] };
  const { proxy, asked } = await startProxy();
  const server = await serve(answering(ok));
  const one = sender({
    proxy,
    policy,
    resolve: () => Promise.resolve(['10.0.0.1', '127.0.0.1', '169.254.169.254']),
  });
  const mixed = await send(one, `http://receiver.test:${server.port}/`);
  assertPartly(mixed, delivered);
  assert.deepEqual(asked, [`CONNECT 127.0.0.1:${server.port} HTTP/1.1`]);
  for (const url of ['http://10.0.0.1/', 'https://[::ffff:10.0.0.1]/', 'http://169.254.169.254/']) {
    assertPartly(await send(sender({ proxy, policy }), url), {
      outcome: 'silence',
      reason: 'address_blocked',
    });
  }
  assert.equal(asked.length, 1);
});

test('the proxy itself may be anywhere: the operator set it', async () => {
  const policy = { allowLoopback: false, allowedRanges: [], setting: 'S', ownAddresses: [] };
  const { proxy, asked } = await startProxy(({ socket }) => void socket.end('HTTP/1.1 502 x\r\n\r\n'));
  assertPartly(await send(sender({ proxy, policy }), 'http://8.8.8.8/'), proxyFault);
  assert.deepEqual(asked, ['CONNECT 8.8.8.8:80 HTTP/1.1']);
});

test('161: behind the proxy too, a private address that only a range allows shows the head of its answer alone', async () => {
  const policy = { allowLoopback: false, allowedRanges: ['127.0.0.1/32'], setting: 'S', ownAddresses: [] };
  const { proxy } = await startProxy();
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n';
  const server = await serve(answering(`${head}secret`));
  const result = await send(sender({ proxy, policy }), server.url);
  assert.equal('response' in result && Buffer.from(result.response ?? []).toString(), head);
});

test('when the proxy cannot reach an address, it is asked for the next', async () => {
  const { proxy, asked } = await startProxy((connection, request) => {
    if (request.includes('[::1]')) tunnel(connection, request);
    else connection.socket.end('HTTP/1.1 504 x\r\n\r\n');
  });
  const result = await send(
    sender({ proxy, resolve: () => Promise.resolve(['127.0.0.1', '127.0.0.2']) }),
    'http://receiver.test:9/',
  );
  assertPartly(result, { ...proxyFault, detail: 'the proxy: it answers with 504' });
  assert.deepEqual(asked, ['CONNECT 127.0.0.1:9 HTTP/1.1', 'CONNECT 127.0.0.2:9 HTTP/1.1']);
});

test('an IPv6 address is asked for in brackets', async () => {
  const { proxy, asked } = await startProxy(({ socket }) => void socket.end('HTTP/1.1 502 x\r\n\r\n'));
  await send(sender({ proxy }), 'https://[::1]:9/');
  assert.deepEqual(asked, ['CONNECT [::1]:9 HTTP/1.1']);
});

test('a wrong certificate behind the proxy is the fault of the receiver, in the same words', async () => {
  const { proxy } = await startProxy();
  const server = await serve(answering(ok), { cert: selfSignedCertificate, key: serverKey });
  const one = sender({ proxy, resolve: toLoopback });
  assertPartly(await send(one, `https://localhost:${server.port}/`), {
    outcome: 'silence',
    reason: 'tls_certificate',
    phase: 'tls',
    detail: 'the certificate is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT)',
  });
});

test('an attempt that is no longer wanted leaves the proxy at once', async () => {
  const { proxy, asked, server } = await startProxy(() => {});
  const abort = new AbortController();
  const result = send(sender({ proxy }), 'http://127.0.0.1:9/', {}, abort.signal);
  await until(() => asked.length === 1);
  const closed = once(server.connections[0]?.socket ?? process, 'close');
  abort.abort();
  assertPartly(await result, { outcome: 'unsent', reason: 'aborted' });
  await closed;
});
