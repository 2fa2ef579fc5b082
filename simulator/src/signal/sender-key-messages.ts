import { sign, verify, withKeyType, withoutKeyType } from './curve.ts';
import { decodeBody, required, versionByte } from './message-body.ts';
import { encodeFields } from './protobuf.ts';
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

const signatureLength = 64;
