import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createLocalCertificates } from './certificates.ts';

test('the certificate is for this machine, and signed by the authority', () => {
  const now = Date.UTC(2031, 4, 6, 7, 8, 9);
  const made = createLocalCertificates(now);
  const [authority, certificate] = [
    new X509Certificate(made.authority),
    new X509Certificate(made.certificate),
  ];

  assert.ok(certificate.verify(authority.publicKey));
  assert.ok(certificate.checkIssued(authority));
  assert.ok(certificate.checkPrivateKey(createPrivateKey(made.key)));
  assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1');
  assert.equal(certificate.checkHost('localhost'), 'localhost');
  assert.equal(certificate.checkHost('example.org'), undefined);
  assert.equal(certificate.validFromDate.getTime(), now - 86_400_000);
  assert.equal(certificate.validToDate.getTime(), now + 365 * 86_400_000);
  assert.deepEqual([authority.ca, certificate.ca], [true, false]);
  assert.ok(authority.verify(authority.publicKey));
});

test('every run has an authority of its own', () => {
  const [one, other] = [createLocalCertificates(), createLocalCertificates()];
  const certificate = new X509Certificate(other.certificate);
  assert.equal(certificate.verify(new X509Certificate(one.authority).publicKey), false);
});
