import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';

/** Why a text cannot be the certificates of authorities, as a sentence; null when it can. */
export function whyCaRefused(pem: string): string | null {
  return certificatesIn(pem) === null ? notCertificates : null;
}

/**
 * Why a certificate (with those between it and its authority behind it, if any) and a key cannot be what a receiver
 * knows the gateway by, with the field at fault; null when they can. The sentence shows nothing of the key.
 */
export function whyClientRefused(certificate: string, key: string): ClientProblem | null {
  const [own] = certificatesIn(certificate) ?? [];
  if (own === undefined) return { field: 'clientCertificate', problem: notCertificates };
  const privateKey = privateKeyIn(key);
  if (typeof privateKey === 'string') return { field: 'clientKey', problem: privateKey };
  if (!own.checkPrivateKey(privateKey)) {
    return { field: 'clientKey', problem: 'This is not the key of clientCertificate.' };
  }
  return isTakenByTls(certificate, key) ? null : { field: 'clientCertificate', problem: tooWeak };
}

export interface ClientProblem {
  readonly field: 'clientCertificate' | 'clientKey';
  readonly problem: string;
}

const tooWeak = 'TLS does not take this certificate with its key: one of them is too weak for today.';
const notCertificates =
  'This must be one or more certificates in PEM: -----BEGIN CERTIFICATE-----, base64, -----END CERTIFICATE-----.';
/** Each on lines of its own: OpenSSL passes over what is glued together. */
const certificate = /^-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----[ \t]*\r?$/gm;

/** All certificates of a text; null when there is none, or one of them cannot be read. */
export function certificatesIn(pem: string): X509Certificate[] | null {
  const found = pem.match(certificate) ?? [];
  // What else stands there (a key, half a certificate) was not meant to be left out without a word.
  if (found.length === 0 || pem.replaceAll(certificate, '').includes('-----')) return null;
  try {
    return found.map((text) => new X509Certificate(text));
  } catch {
    return null;
  }
}

/** The key, or what is wrong with it. */
function privateKeyIn(pem: string): KeyObject | string {
  if (pem.includes('ENCRYPTED'))
    return 'The key has a passphrase: give it without one, it is encrypted here.';
  try {
    return createPrivateKey(pem);
  } catch {
    return 'This must be a private key in PEM: -----BEGIN PRIVATE KEY-----, base64, -----END PRIVATE KEY-----.';
  }
}

/** What can be read may still be refused, such as a key of 512 bits. */
function isTakenByTls(cert: string, key: string): boolean {
  try {
    createSecureContext({ cert, key });
    return true;
  } catch {
    return false;
  }
}
