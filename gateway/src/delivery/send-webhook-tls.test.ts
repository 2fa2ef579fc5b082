import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  createSecureContext,
  setDefaultCACertificates,
  TLSSocket,
  type SecureContext,
  type TlsOptions,
} from 'node:tls';
import { until } from '../testing/until.ts';
import type { AttemptResult } from './attempt-result.ts';
import {
  authority,
  certificateByIntermediate,
  expiredCertificate,
  intermediate,
  localhostCertificate,
  receiverCertificate,
  selfSignedCertificate,
  serverKey,
} from './testing/certificates.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import type { RawConnection, RawServer } from './testing/raw-server.ts';
import {
  answering,
  answeringAll,
  assertPartly,
  body,
  delivered,
  ok,
  send,
  sender,
  serve,
} from './testing/sending.ts';
import { trustTestAuthority } from './testing/trust-authority.ts';

trustTestAuthority();

test('a webhook is delivered over TLS, and the connection is used again', async () => {
  const server = await serveTls(localhostCertificate, answeringAll);
  const one = tlsSender();
  for (let i = 0; i < 3; i++) assertPartly(await sendTo(server, 'localhost', one), delivered);
  assert.equal(server.connections.length, 1);
  assert.ok(server.requests[0]?.endsWith(`\r\n\r\n${body.toString()}`));
});

test('a body of 1 MB is delivered over TLS', async () => {
  const server = await serveTls(localhostCertificate, answering(ok));
  const large = Buffer.alloc(1024 * 1024, 'a');
  assertPartly(await sendTo(server, 'localhost', tlsSender(), large), delivered);
  assert.equal(server.requests[0]?.endsWith(large.toString()), true);
});

test('an answer over TLS before the body was read counts', async () => {
  const server = await serveTls(localhostCertificate, async ({ socket }) => {
    await once(socket, 'data');
    socket.pause().write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n');
  });
  const large = Buffer.alloc(5 * 1024 * 1024, 'a');
  const result = await sendTo(server, 'localhost', tlsSender(), large);
  assertPartly(result, { outcome: 'rejected', status: 413 });
});

interface Untrusted {
  readonly name: string;
  readonly certificate: string;
  readonly host?: string;
  readonly detail: string;
}

const untrusted: Untrusted[] = [
  {
    name: '37: a certificate that has expired',
    certificate: expiredCertificate,
    detail: 'the certificate has expired (CERT_HAS_EXPIRED)',
  },
  {
    name: '38: a self-signed certificate',
    certificate: selfSignedCertificate,
    detail: 'the certificate is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT)',
  },
  {
    name: '39: a certificate for another host',
    certificate: receiverCertificate,
    detail: 'the certificate is for another host (ERR_TLS_CERT_ALTNAME_INVALID)',
  },
  {
    name: '40: an address that the certificate does not name',
    certificate: receiverCertificate,
    host: '127.0.0.1',
    detail: 'the certificate is for another host (ERR_TLS_CERT_ALTNAME_INVALID)',
  },
  {
    name: '41: a chain without its intermediate',
    certificate: certificateByIntermediate,
    detail: 'the certificate chain is incomplete (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
  },
];

for (const { name, certificate, host = 'localhost', detail } of untrusted) {
  test(`${name}: silence, nothing is sent, and the reason is in plain words`, async () => {
    const server = await serveTls(certificate, answering(ok));
    const result = await sendTo(server, host);
    assertPartly(result, { outcome: 'silence', reason: 'tls_certificate', phase: 'tls', detail });
    assert.equal(server.requests.length, 0);
  });
}

test('40: an address that the certificate names is delivered to', async () => {
  const server = await serveTls(localhostCertificate, answering(ok));
  assertPartly(await sendTo(server, '127.0.0.1'), delivered);
});

test('41: a chain with its intermediate is delivered to', async () => {
  const server = await serveTls(`${certificateByIntermediate}\n${intermediate}`, answering(ok));
  assertPartly(await sendTo(server, 'localhost'), delivered);
});

test('38: a self-signed certificate that the operator trusts is delivered to', async () => {
  setDefaultCACertificates([authority, selfSignedCertificate]);
  try {
    const server = await serveTls(selfSignedCertificate, answering(ok));
    assertPartly(await sendTo(server, 'localhost'), delivered);
  } finally {
    setDefaultCACertificates([authority]);
  }
});

test('42: a server that only knows TLS 1.0 and 1.1: silence, tls_handshake', async () => {
  const old: TlsOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
  const server = await serveTls(localhostCertificate, answering(ok), old);
  const result = await sendTo(server, 'localhost');
  assertPartly(result, { outcome: 'silence', reason: 'tls_handshake', phase: 'tls' });
  assert.match(detailOf(result), /protocol version/);
});

test('85: a server that only speaks HTTP/2: silence, tls_handshake, as it is asked for HTTP/1.1', async () => {
  const server = await serveTls(localhostCertificate, answering(ok), { ALPNProtocols: ['h2'] });
  const result = await sendTo(server, 'localhost');
  assertPartly(result, { outcome: 'silence', reason: 'tls_handshake' });
  assert.match(detailOf(result), /no application protocol/);
  assert.equal(server.requests.length, 0);
});

test('44: a server that demands a certificate of ours: silence', async () => {
  const server = await serveTls(localhostCertificate, answering(ok), { requestCert: true, ca: authority });
  assertPartly(await sendTo(server, 'localhost'), { outcome: 'silence' });
  assert.equal(server.requests.length, 0);
});

test('plain HTTP where TLS is expected: silence, tls_handshake', async () => {
  const server = await serve(({ socket }) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const result = await sendTo(server, 'localhost');
  assertPartly(result, { outcome: 'silence', reason: 'tls_handshake', phase: 'tls' });
  assert.match(detailOf(result), /wrong version number|packet length too long/);
});

test('TLS where plain HTTP is expected: silence', async () => {
  const server = await serveTls(localhostCertificate, () => {});
  const result = await send(tlsSender(), `http://localhost:${server.port}/`);
  assertPartly(result, { outcome: 'silence' });
});

test('a connection that is closed inside the handshake: silence, tls_handshake', async () => {
  const server = await serve(({ socket }) => void socket.once('data', () => socket.destroy()));
  assertPartly(await sendTo(server, 'localhost'), {
    outcome: 'silence',
    reason: 'tls_handshake',
    phase: 'tls',
  });
});

test('43: a handshake that hangs is silence at the limit for connecting, which includes it', async () => {
  const clock = new FakeClock();
  const server = await serve(() => {});
  const result = sendTo(server, 'localhost', tlsSender(clock));
  await until(() => server.connections.length === 1);
  await once(server.connections[0]?.socket ?? process, 'data');
  clock.advance(5000);
  assertPartly(await result, {
    outcome: 'silence',
    reason: 'connect_timeout',
    phase: 'tls',
    durationMs: 5000,
  });
});

test('45: an end without close_notify inside the body: the response counts, the body is cut', async () => {
  const server = await serveTls(localhostCertificate, async (connection) => {
    await connection.request();
    const { socket } = connection;
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc', () => socket.destroy());
  });
  assertPartly(await sendTo(server, 'localhost'), { ...delivered, bodyProblem: 'cut' });
});

test('45: an end without close_notify inside the head is silence', async () => {
  const server = await serveTls(localhostCertificate, async (connection) => {
    await connection.request();
    const { socket } = connection;
    socket.write('HTTP/1.1 200 OK\r\nContent-Le', () => socket.destroy());
  });
  assertPartly(await sendTo(server, 'localhost'), { outcome: 'silence', phase: 'response' });
});

test('46: each connection has a handshake of its own: nothing is resumed, so no request goes as early data', async () => {
  const resumed: boolean[] = [];
  const server = await serveTls(localhostCertificate, async (connection) => {
    if (connection.socket instanceof TLSSocket) resumed.push(connection.socket.isSessionReused());
    await answering(ok)(connection);
  });
  const one = tlsSender();
  for (let i = 0; i < 2; i++) assertPartly(await sendTo(server, 'localhost', one), delivered);
  assert.deepEqual(resumed, [false, false]);
});

test('47: a certificate that is replaced counts from the next attempt on', async () => {
  let current = contextOf(expiredCertificate);
  const server = await serveTls(localhostCertificate, answering(ok), {
    SNICallback: (_name, done) => done(null, current),
  });
  const one = tlsSender();
  assertPartly(await sendTo(server, 'localhost', one), { outcome: 'silence', reason: 'tls_certificate' });
  current = contextOf(localhostCertificate);
  assertPartly(await sendTo(server, 'localhost', one), delivered);
  current = contextOf(selfSignedCertificate);
  assertPartly(await sendTo(server, 'localhost', one), { outcome: 'silence', reason: 'tls_certificate' });
});

test('48: the server is told the name of the URL, not the address that is dialled, and chooses by it', async () => {
  const names: string[] = [];
  const server = await serveTls(localhostCertificate, answering(ok), {
    SNICallback(name, done) {
      names.push(name);
      done(null, contextOf(receiverCertificate));
    },
  });
  for (const host of ['receiver.test', 'RECEIVER.test.']) {
    assertPartly(await sendTo(server, host), delivered);
  }
  assert.deepEqual(names, ['receiver.test', 'receiver.test']);
});

test('30: an address where nobody listens is passed over for the next, over TLS too', async () => {
  const server = await serveTls(localhostCertificate, answering(ok));
  const one = sender({ resolve: () => Promise.resolve(['127.0.0.2', '127.0.0.1']) });
  assertPartly(await sendTo(server, 'localhost', one), delivered);
});

function serveTls(
  certificate: string,
  act: (connection: RawConnection) => void | Promise<void>,
  options: TlsOptions = {},
): Promise<RawServer> {
  return serve(act, { cert: certificate, key: serverKey, ...options });
}

function contextOf(certificate: string): SecureContext {
  return createSecureContext({ cert: certificate, key: serverKey });
}

/** Every name leads to loopback. */
function tlsSender(clock = new FakeClock()) {
  return sender({ clock, resolve: () => Promise.resolve(['127.0.0.1']) });
}

function sendTo(server: RawServer, host: string, one = tlsSender(), content = body): Promise<AttemptResult> {
  return send(one, `https://${host}:${server.port}/hook`, { body: content });
}

function detailOf(result: AttemptResult): string {
  return 'detail' in result ? result.detail : '';
}
