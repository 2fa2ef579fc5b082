import { encodeFields } from '../signal/protobuf.ts';
import { proto } from '../stanza/codec.ts';

/** Bytes behind what the schema can say; only in contents that `withUnknownField` has made. */
const extra = Symbol('bytes that the schema does not know');

type Extended = proto.IMessage & { [extra]?: Uint8Array };

/** A content with one more field, of a number that the schema may not know. */
export function withUnknownField(
  content: proto.IMessage,
  fieldNumber: number,
  value: Uint8Array,
): proto.IMessage {
  const extended: Extended = { ...content, [extra]: encodeFields([[fieldNumber, value]]) };
  return extended;
}

/** A content as protobuf, with what the schema does not know behind it, also inside `deviceSentMessage`. */
export function encodeMessage(content: proto.IMessage): Uint8Array {
  const { deviceSentMessage: sent }: Extended = content;
  const inner: Extended = sent?.message ?? {};
  if (!inner[extra]) return appended(proto.Message.encode(content).finish(), content);
  const destination = Buffer.from(sent?.destinationJid ?? '');
  const wrapper = encodeFields([
    [destinationField, destination],
    [messageField, encodeMessage(inner)],
  ]);
  return encodeFields([[deviceSentField, wrapper]]);
}

// Numbers of WhatsApp's schema: `Message.deviceSentMessage`, `DeviceSentMessage.destinationJid` and `.message`.
const deviceSentField = 31;
const destinationField = 1;
const messageField = 2;

function appended(encoded: Uint8Array, content: Extended): Uint8Array {
  return content[extra] ? Buffer.concat([encoded, content[extra]]) : encoded;
}
