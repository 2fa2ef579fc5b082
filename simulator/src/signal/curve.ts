import { createPrivateKey, createPublicKey, diffieHellman, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SignalError } from './signal-error.ts';

export { sign, verify } from './xeddsa.ts';

/** An X25519 key pair; both halves are 32 raw bytes, without Signal's type byte. */
export interface KeyPair {
  publicKey: Uint8Array;
  privateKey: Uint8Array;
}

/** A fresh X25519 key pair from the system's random generator. */
export function generateKeyPair(): KeyPair {
  return keyPairFrom(randomBytes(keyLength));
}

/** The key pair of 32 private bytes; they are clamped as RFC 7748 section 5 says. */
export function keyPairFrom(privateBytes: Uint8Array): KeyPair {
  const privateKey = clamp(privateBytes);
  const exported = createPublicKey(privateKeyObject(privateKey)).export({ format: 'der', type: 'spki' });
  return { publicKey: new Uint8Array(exported.subarray(-keyLength)), privateKey };
}

/**
 * The X25519 secret (32 bytes) of our private and their public key, RFC 7748 section 6.1. Throws
 * `SignalError('invalid_key')` for a key of the wrong length or of low order.
 */
export function sharedSecret(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const ours = privateKeyObject(privateKey);
  const theirs = publicKeyObject(publicKey);
  try {
    return new Uint8Array(diffieHellman({ privateKey: ours, publicKey: theirs }));
  } catch {
    throw new SignalError('invalid_key', 'the public key has low order');
  }
}

/** A public key as it travels in Signal messages and signatures: the type byte 5, then the 32 bytes. */
export function withKeyType(publicKey: Uint8Array): Uint8Array {
  checkLength(publicKey);
  return Uint8Array.of(keyType, ...publicKey);
}

/** The 32 raw bytes of a public key with type byte. Throws `SignalError('invalid_key')` for anything else. */
export function withoutKeyType(typed: Uint8Array): Uint8Array {
  if (typed.length !== keyLength + 1 || typed[0] !== keyType) {
    throw new SignalError('invalid_key', 'a public key must be 33 bytes that begin with 5');
  }
  return typed.slice(1);
}

const keyType = 5;
const keyLength = 32;

// The constant DER headers of RFC 8410 keys: node:crypto takes no raw key bytes, and DER parses faster than JWK.
const privateHeader = Buffer.from('302e020100300506032b656e04220420', 'hex');
const publicHeader = Buffer.from('302a300506032b656e032100', 'hex');

function privateKeyObject(privateKey: Uint8Array): KeyObject {
  checkLength(privateKey);
  return createPrivateKey({ key: Buffer.concat([privateHeader, privateKey]), format: 'der', type: 'pkcs8' });
}

function publicKeyObject(publicKey: Uint8Array): KeyObject {
  checkLength(publicKey);
  return createPublicKey({ key: Buffer.concat([publicHeader, publicKey]), format: 'der', type: 'spki' });
}

function clamp(privateBytes: Uint8Array): Uint8Array {
  checkLength(privateBytes);
  const clamped = new Uint8Array(privateBytes);
  clamped[0] = (clamped[0] ?? 0) & 248;
  clamped[31] = ((clamped[31] ?? 0) & 127) | 64;
  return clamped;
}

function checkLength(key: Uint8Array): void {
  if (key.length !== keyLength) throw new SignalError('invalid_key', `a key must be ${keyLength} bytes`);
}
