import { proto } from 'baileys';

/** A text message as it comes out of decryption: a protobuf and one byte of padding. */
export function paddedText(text: string): Uint8Array {
  return Buffer.concat([proto.Message.encode({ conversation: text }).finish(), Uint8Array.of(1)]);
}
