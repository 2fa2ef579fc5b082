import { timingSafeEqual } from 'node:crypto';
import { withKeyType, withoutKeyType } from './curve.ts';
import { hmac } from './kdf.ts';
import { decodeBody, required, versionByte } from './message-body.ts';
import { encodeFields } from './protobuf.ts';
import type { Fields } from './protobuf.ts';
import { SignalError } from './signal-error.ts';

/** libsignal's `WhisperMessage`, WhatsApp's enc type `msg`. Public keys are raw, 32 bytes. */
export interface RatchetMessage {
  ratchetKey: Uint8Array;
  counter: number;
  /** Index of the last message of the sender's previous chain; 0 when there was none. */
  previousCounter: number;
  ciphertext: Uint8Array;
}

/** libsignal's `PreKeyWhisperMessage`, WhatsApp's enc type `pkmsg`: a ratchet message with what starts a session. */
export interface PreKeyMessage {
  registrationId: number;
  preKeyId: number | undefined;
  signedPreKeyId: number;
  baseKey: Uint8Array;
  identityKey: Uint8Array;
  message: Uint8Array;
}

/** Whose message a MAC covers: both identity keys, raw. */
export interface MacParties {
  sender: Uint8Array;
  receiver: Uint8Array;
}

/** Version byte, protobuf body, and the first 8 bytes of the HMAC over both identities and all of it. */
export function encodeRatchetMessage(
  message: RatchetMessage,
  macKey: Uint8Array,
  parties: MacParties,
): Uint8Array {
  const body = encodeFields([
    [1, withKeyType(message.ratchetKey)],
    [2, message.counter],
    [3, message.previousCounter],
    [4, message.ciphertext],
  ]);
  const covered = Buffer.concat([versionByte, body]);
  return Buffer.concat([covered, macOf(covered, macKey, parties)]);
}

/** Throws `SignalError('invalid_message')`; the MAC is not checked here, for its key comes from the content. */
export function decodeRatchetMessage(encoded: Uint8Array): RatchetMessage {
  const fields = decodeBody(encoded, encoded.length - macLength);
  return {
    ratchetKey: key(fields, 1),
    counter: required(fields.integer(2)),
    previousCounter: fields.integer(3) ?? 0,
    ciphertext: required(fields.bytes(4)),
  };
}

/** Throws `SignalError('bad_mac')` unless the message ends with the MAC that these keys give. */
export function checkMac(encoded: Uint8Array, macKey: Uint8Array, parties: MacParties): void {
  const end = encoded.length - macLength;
  if (!timingSafeEqual(encoded.subarray(end), macOf(encoded.subarray(0, end), macKey, parties))) {
    throw new SignalError('bad_mac', 'the message does not authenticate with this session');
  }
}

/** Version byte and protobuf body; the ratchet message inside carries the MAC. */
export function encodePreKeyMessage(message: PreKeyMessage): Uint8Array {
  const body = encodeFields([
    [5, message.registrationId],
    [1, message.preKeyId],
    [6, message.signedPreKeyId],
    [2, withKeyType(message.baseKey)],
    [3, withKeyType(message.identityKey)],
    [4, message.message],
  ]);
  return Buffer.concat([versionByte, body]);
}

/** Throws `SignalError('invalid_message')`. */
export function decodePreKeyMessage(encoded: Uint8Array): PreKeyMessage {
  const fields = decodeBody(encoded, encoded.length);
  return {
    registrationId: fields.integer(5) ?? 0,
    preKeyId: fields.integer(1),
    signedPreKeyId: required(fields.integer(6)),
    baseKey: key(fields, 2),
    identityKey: key(fields, 3),
    message: required(fields.bytes(4)),
  };
}

const macLength = 8;

function macOf(covered: Uint8Array, macKey: Uint8Array, { sender, receiver }: MacParties): Uint8Array {
  return hmac(macKey, withKeyType(sender), withKeyType(receiver), covered).slice(0, macLength);
}

function key(fields: Fields, number: number): Uint8Array {
  return withoutKeyType(required(fields.bytes(number)));
}
