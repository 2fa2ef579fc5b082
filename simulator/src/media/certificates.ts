import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import {
  bitString,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  tagged,
  trueValue,
  utcTime,
  utf8String,
} from './der.ts';

/** What a TLS server for this machine needs, and what its clients must trust. All PEM. */
export interface LocalCertificates {
  /** Of the authority, whose key is thrown away. */
  readonly authority: string;
  /** For 127.0.0.1 and `localhost`, signed by the authority. */
  readonly certificate: string;
  /** Of the certificate. */
  readonly key: string;
}

/**
 * Makes an authority and a certificate by it (X.509 v3, ECDSA on P-256), valid from a day before `now` (ms since 1970) for
 * a year. Node can sign but not write certificates, and an openssl command is not on every machine.
 */
export function createLocalCertificates(now = Date.now()): LocalCertificates {
  const [authority, server] = [createKeyPair(), createKeyPair()];
  const validity = sequence(utcTime(now - dayMs), utcTime(now + 365 * dayMs));
  const issuer = nameOf('eazeWA simulator');
  const signed = (subject: Buffer, publicKey: Buffer, extensions: Buffer[]) =>
    certificate({ issuer, subject, validity, publicKey, extensions }, authority.privateKey);
  return {
    authority: signed(issuer, authority.publicKey, [
      extension('2.5.29.19', sequence(trueValue()), true), // basicConstraints: may sign
      extension('2.5.29.15', bitString(Uint8Array.of(0x06), 1), true), // keyUsage: keyCertSign, cRLSign
      extension('2.5.29.14', octetString(fingerprint(authority.publicKey))), // subjectKeyIdentifier
    ]),
    certificate: signed(nameOf('127.0.0.1'), server.publicKey, [
      extension('2.5.29.17', sequence(dnsName('localhost'), address(127, 0, 0, 1))), // subjectAltName
      extension('2.5.29.37', sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'))), // extKeyUsage: serverAuth
      extension('2.5.29.14', octetString(fingerprint(server.publicKey))),
      extension('2.5.29.35', sequence(tagged(0, fingerprint(authority.publicKey), false))), // authorityKeyIdentifier
    ]),
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

interface Details {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly validity: Buffer;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  readonly extensions: Buffer[];
}

const dayMs = 86_400_000;

function certificate(details: Details, signer: KeyObject): string {
  const { issuer, subject, validity, publicKey, extensions } = details;
  const algorithm = sequence(objectIdentifier('1.2.840.10045.4.3.2')); // ecdsa-with-SHA256
  const version3 = tagged(0, integer(Uint8Array.of(2)));
  const serial = randomBytes(16);
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f); // positive, and without a leading zero
  const body = sequence(
    version3,
    integer(serial),
    algorithm,
    issuer,
    validity,
    subject,
    publicKey,
    tagged(3, sequence(...extensions)),
  );
  return pem(sequence(body, algorithm, bitString(sign('sha256', body, signer))));
}

function createKeyPair(): { publicKey: Buffer; privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { publicKey: publicKey.export({ type: 'spki', format: 'der' }), privateKey };
}

function nameOf(commonName: string): Buffer {
  return sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String(commonName))));
}

function extension(identifier: string, value: Buffer, isCritical = false): Buffer {
  const critical = isCritical ? [trueValue()] : [];
  return sequence(objectIdentifier(identifier), ...critical, octetString(value));
}

function dnsName(name: string): Buffer {
  return tagged(2, Buffer.from(name), false);
}

function address(...bytes: number[]): Buffer {
  return tagged(7, Uint8Array.from(bytes), false);
}

/** Any name for a key will do that both certificates use (RFC 5280, 4.2.1.2). */
function fingerprint(publicKey: Buffer): Buffer {
  return createHash('sha256').update(publicKey).digest().subarray(0, 20);
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
