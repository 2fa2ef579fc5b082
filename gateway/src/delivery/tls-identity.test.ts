import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TLSSocket, type TlsOptions } from 'node:tls';
import { defaultOptions, noSecrets, type WebhookOptions, type WebhookSecrets } from '../webhooks/webhook.ts';
import type { AttemptResult } from './attempt-result.ts';
import type { Sender } from './sender.ts';
import {
  authority,
  localhostCertificate,
  receiverCertificate,
  selfSignedCertificate,
  serverKey,
} from './testing/certificates.ts';
import { startProxy } from './testing/proxy-server.ts';
import type { RawServer } from './testing/raw-server.ts';
import { answeringAll, assertPartly, delivered, send, sender, serve } from './testing/sending.ts';
import { tlsIdentityOf } from './tls-identity.ts';

const untrusted = { outcome: 'silence', reason: 'tls_certificate' };
const client = { certificate: selfSignedCertificate, key: serverKey };

const trust = (ca: string): WebhookOptions => ({ ...defaultOptions, ca });
const trustAny: WebhookOptions = { ...defaultOptions, verifyTls: false };
const known: WebhookSecrets = { ...noSecrets, client };

test('38: an authority of its own is trusted by that webhook, and by no other', async () => {
  const server = await serveTls(localhostCertificate);
  const one = sender();
  assertPartly(await call(one, server, trust(authority)), delivered);
  assertPartly(await call(one, server, defaultOptions), untrusted);
  assertPartly(await call(one, server, trust(selfSignedCertificate)), untrusted);
});

test('38: a self-signed certificate is trusted where it is its own authority', async () => {
  const server = await serveTls(selfSignedCertificate);
  assertPartly(await call(sender(), server, trust(selfSignedCertificate)), delivered);
});

test('39: an authority of its own does not make a certificate good for another host', async () => {
  const server = await serveTls(receiverCertificate);
  assertPartly(await call(sender(), server, trust(authority)), {
    ...untrusted,
    detail: 'the certificate is for another host (ERR_TLS_CERT_ALTNAME_INVALID)',
  });
});

test('a webhook that accepts any certificate is delivered to, and it alone', async () => {
  const server = await serveTls(selfSignedCertificate);
  const one = sender();
  assertPartly(await call(one, server, trustAny), delivered);
  assertPartly(await call(one, server, defaultOptions), untrusted);
});

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`44: a server that demands a certificate of ours gets it (${maxVersion}); without it: silence`, async () => {
    const demand = { requestCert: true, ca: selfSignedCertificate, maxVersion };
    const server = await serveTls(localhostCertificate, demand);
    const one = sender();
    assertPartly(await call(one, server, trust(authority), known), delivered);
    const { socket } = server.connections[0] ?? {};
    assert.ok(socket instanceof TLSSocket && socket.authorized);
    assertPartly(await call(one, server, trust(authority)), { outcome: 'silence', reason: 'tls_handshake' });
  });
}

test('connections are shared by those who do TLS in the same way, and by no others', async () => {
  const server = await serveTls(localhostCertificate);
  const one = sender();
  const ways: [WebhookOptions, WebhookSecrets, connections: number][] = [
    [trust(authority), noSecrets, 1],
    // Another webhook with the same wishes.
    [trust(authority), { ...noSecrets }, 1],
    [trust(`${authority}\n${selfSignedCertificate}`), noSecrets, 2],
    [trustAny, noSecrets, 3],
    [trust(authority), known, 4],
    [trust(authority), noSecrets, 4],
  ];
  for (const [options, secrets, connections] of ways) {
    assertPartly(await call(one, server, options, secrets), delivered);
    assert.equal(server.connections.length, connections);
  }
});

test('it is the same behind a proxy', async () => {
  const { proxy } = await startProxy();
  const server = await serveTls(localhostCertificate, { requestCert: true, ca: selfSignedCertificate });
  const one = sender({ proxy });
  assertPartly(await call(one, server, trust(authority), known), delivered);
  assertPartly(await call(one, server, trust(authority)), { outcome: 'silence', reason: 'tls_handshake' });
});

test('what cannot be read is not sent: parked, not repeated for ever', async () => {
  const server = await serveTls(localhostCertificate);
  const unusable = { outcome: 'unsendable', reason: 'invalid_certificate' };
  assertPartly(await call(sender(), server, trust('nonsense')), unusable);
  const wrongKey = { ...noSecrets, client: { ...client, key: 'nonsense' } };
  assertPartly(await call(sender(), server, defaultOptions, wrongKey), unusable);
  assert.equal(server.connections.length, 0);
});

test('plain HTTP has no TLS identity: what is set for it does not matter', async () => {
  const server = await serve(answeringAll);
  assertPartly(await send(sender(), server.url, { options: trust('nonsense') }), delivered);
});

test('the usual way has no identity, and any other is made once', () => {
  assert.equal(tlsIdentityOf(defaultOptions, noSecrets), null);
  const options = trust(authority);
  const identity = tlsIdentityOf(options, noSecrets);
  assert.equal(tlsIdentityOf(options, noSecrets), identity);
  assert.doesNotMatch(identity?.key ?? '', /BEGIN/);
});

function serveTls(certificate: string, options: TlsOptions = {}): Promise<RawServer> {
  return serve(answeringAll, { cert: certificate, key: serverKey, ...options });
}

function call(
  one: Sender,
  server: RawServer,
  options: WebhookOptions,
  secrets: WebhookSecrets = noSecrets,
): Promise<AttemptResult> {
  return send(one, server.url, { options, secrets });
}
