import { sign, verify, withKeyType, withoutKeyType } from './curve.ts';
import { decodeFields, encodeFields } from './protobuf.ts';
import type { Fields } from './protobuf.ts';
import { SignalError } from './signal-error.ts';

/** libsignal's `SenderKeyDistributionMessage`: what a member needs to open a sender's messages from here on. */
export interface SenderKeyDistribution {
  readonly keyId: number;
  /** Index of the chain's next message. */
  readonly index: number;
  readonly chainKey: Uint8Array;
  /** Raw, 32 bytes. */
  readonly signingKey: Uint8Array;
}

/** libsignal's `SenderKeyMessage`, WhatsApp's enc type `skmsg`. */
export interface SenderKeyMessage {
  readonly keyId: number;
  readonly index: number;
  readonly ciphertext: Uint8Array;
}

/** Version byte and protobuf body. */
export function encodeDistribution(distribution: SenderKeyDistribution): Uint8Array {
  const body = encodeFields([
    [1, distribution.keyId],
    [2, distribution.index],
    [3, distribution.chainKey],
    [4, withKeyType(distribution.signingKey)],
  ]);
  return Buffer.concat([versionByte, body]);
}

/** Throws `SignalError`: `invalid_message`, `invalid_key`. */
export function decodeDistribution(encoded: Uint8Array): SenderKeyDistribution {
  const fields = decodeBody(encoded, encoded.length);
  return {
    keyId: required(fields.integer(1)),
    index: required(fields.integer(2)),
    chainKey: required(fields.bytes(3)),
    signingKey: withoutKeyType(required(fields.bytes(4))),
  };
}

/** Version byte, protobuf body, and the sender's 64-byte signature over both. */
export function encodeSenderKeyMessage(message: SenderKeyMessage, signingKey: Uint8Array): Uint8Array {
  const body = encodeFields([
    [1, message.keyId],
    [2, message.index],
    [3, message.ciphertext],
  ]);
  const covered = Buffer.concat([versionByte, body]);
  return Buffer.concat([covered, sign(signingKey, covered)]);
}

/** Throws `SignalError('invalid_message')`; the signature is not checked here, for its key is found by the content. */
export function decodeSenderKeyMessage(encoded: Uint8Array): SenderKeyMessage {
  const fields = decodeBody(encoded, encoded.length - signatureLength);
  return {
    keyId: required(fields.integer(1)),
    index: required(fields.integer(2)),
    ciphertext: required(fields.bytes(3)),
  };
}

/** Throws `SignalError('bad_signature')` unless the owner of the key has signed the message. */
export function checkSignature(encoded: Uint8Array, signingKey: Uint8Array): void {
  const end = encoded.length - signatureLength;
  if (verify(signingKey, encoded.subarray(0, end), encoded.subarray(end))) return;
  throw new SignalError('bad_signature', 'the group message is not signed with the sender key');
}

// Two nibbles, both 3: the version of this message, and the highest that the sender speaks.
const version = 3;
const versionByte = Uint8Array.of(version * 16 + version);
const signatureLength = 64;

function decodeBody(encoded: Uint8Array, end: number): Fields {
  const messageVersion = (encoded[0] ?? 0) >> 4;
  if (messageVersion !== version) throw invalid(`message version ${messageVersion} is not ${version}`);
  try {
    return decodeFields(encoded.subarray(1, Math.max(1, end)));
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : 'the message is not protobuf');
  }
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw invalid('the message lacks a required field');
  return value;
}

function invalid(message: string): SignalError {
  return new SignalError('invalid_message', message);
}
