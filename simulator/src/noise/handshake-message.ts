import { decodeFields, encodeFields } from '../signal/protobuf.ts';
import type { HandshakeParts } from './handshake-state.ts';
import { NoiseError } from './noise-error.ts';

/** Which of WhatsApp's three handshake messages. */
export type HandshakeKind = 'clientHello' | 'serverHello' | 'clientFinish';

/** Encodes one Noise message as WhatsApp's protobuf `HandshakeMessage`. */
export function encodeHandshakeMessage(kind: HandshakeKind, parts: HandshakeParts): Uint8Array {
  const { ephemeral, static: staticKey, payload } = partNumbers[kind];
  const inner = encodeFields([
    [ephemeral, parts.ephemeral],
    [staticKey, parts.static],
    [payload, parts.payload],
  ]);
  return encodeFields([[kindNumbers[kind], inner]]);
}

/** Reads the named message out of a `HandshakeMessage`. Throws `NoiseError` when it is another one or no protobuf. */
export function decodeHandshakeMessage(kind: HandshakeKind, encoded: Uint8Array): HandshakeParts {
  const inner = fieldsOf(fieldsOf(encoded).bytes(kindNumbers[kind]) ?? missing(kind));
  const { ephemeral, static: staticKey, payload } = partNumbers[kind];
  return { ephemeral: inner.bytes(ephemeral), static: inner.bytes(staticKey), payload: inner.bytes(payload) };
}

// WhatsApp's protobuf definitions (WAProto `HandshakeMessage`). A clientFinish has no ephemeral key; 15 is unused.
const kindNumbers = { clientHello: 2, serverHello: 3, clientFinish: 4 } as const;
const helloNumbers = { ephemeral: 1, static: 2, payload: 3 } as const;
const partNumbers = {
  clientHello: helloNumbers,
  serverHello: helloNumbers,
  clientFinish: { ephemeral: 15, static: 1, payload: 2 },
} as const;

function fieldsOf(encoded: Uint8Array) {
  try {
    return decodeFields(encoded);
  } catch (error) {
    throw new NoiseError(error instanceof Error ? error.message : 'the handshake message is not protobuf');
  }
}

function missing(kind: HandshakeKind): never {
  throw new NoiseError(`the handshake message is no ${kind}`);
}
