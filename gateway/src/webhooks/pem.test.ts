import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import {
  authority,
  certificateByIntermediate,
  intermediate,
  localhostCertificate,
  serverKey,
} from '../delivery/testing/certificates.ts';
import { whyCaRefused, whyClientRefused } from './pem.ts';

test('certificates are taken one by one or several, with words around them', () => {
  assert.equal(whyCaRefused(authority), null);
  assert.equal(whyCaRefused(`# ours\n${authority}\n# and theirs\n${intermediate}`), null);
});

test('what is no certificate is refused with what it must be', () => {
  const cut = authority.slice(0, 100);
  const damaged = authority.replace(/\n[A-Za-z0-9+/]{10}/, '\nAAAAAAAAAA');
  const refused = ['', 'text', cut, damaged, serverKey, `${authority}${serverKey}`, `${authority}${cut}`];
  for (const pem of refused)
    assert.match(whyCaRefused(pem) ?? '', /^This must be one or more certificates in PEM/);
});

test('a client certificate goes with its own key, and may bring those above it', () => {
  assert.equal(whyClientRefused(localhostCertificate, serverKey), null);
  assert.equal(whyClientRefused(`${certificateByIntermediate}${intermediate}`, serverKey), null);
});

test('a key that does not fit, has a passphrase or is none is refused, and nothing of it is shown', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const other = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const cipher = { cipher: 'aes-256-cbc', passphrase: 'x' };
  const locked = privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher }).toString();
  const cases: [string, RegExp][] = [
    [other, /not the key of clientCertificate/],
    [locked, /has a passphrase/],
    ['-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----', /must be a private key in PEM/],
    ['hush', /must be a private key in PEM/],
    [localhostCertificate, /must be a private key in PEM/],
  ];
  for (const [key, problem] of cases) {
    const refused = whyClientRefused(localhostCertificate, key);
    assert.equal(refused?.field, 'clientKey');
    assert.match(refused?.problem ?? '', problem);
    assert.equal(/c2VjcmV0|hush/.test(refused?.problem ?? ''), false);
  }
  assert.equal(whyClientRefused('text', serverKey)?.field, 'clientCertificate');
});
