import { decodeFields } from './protobuf.ts';
import type { Fields } from './protobuf.ts';
import { SignalError } from './signal-error.ts';

// Two nibbles, both 3: the version of this message, and the highest that the sender speaks.
const version = 3;

/** The first byte of each kind of message, before its protobuf body. */
export const versionByte = Uint8Array.of(version * 16 + version);

/** The fields of a message whose body ends before `end`. Throws `SignalError('invalid_message')`. */
export function decodeBody(encoded: Uint8Array, end: number): Fields {
  const messageVersion = (encoded[0] ?? 0) >> 4;
  if (messageVersion !== version) throw invalid(`message version ${messageVersion} is not ${version}`);
  try {
    return decodeFields(encoded.subarray(1, Math.max(1, end)));
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : 'the message is not protobuf');
  }
}

/** The value of a field that must be there. Throws `SignalError('invalid_message')`. */
export function required<T>(value: T | undefined): T {
  if (value === undefined) throw invalid('the message lacks a required field');
  return value;
}

function invalid(message: string): SignalError {
  return new SignalError('invalid_message', message);
}
