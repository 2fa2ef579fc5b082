import { randomBytes } from 'node:crypto';
import { encodeMessage } from './content/unknown.ts';
import { pad, unpad } from './signal/index.ts';
import { proto } from './stanza/codec.ts';

/** A text message. */
export function textContent(text: string): proto.IMessage {
  return { conversation: text };
}

/** A text, or any content as WhatsApp's protobuf `Message` has it. */
export type Content = string | proto.IMessage;

/** A text is the content of a text message. */
export function contentOf(what: Content): proto.IMessage {
  return typeof what === 'string' ? textContent(what) : what;
}

/** What a device sends to the other devices of its own account: the message and where it went. */
export function deviceSentContent(destinationJid: string, message: proto.IMessage): proto.IMessage {
  return { deviceSentMessage: { destinationJid, message } };
}

/** The bytes that get encrypted. */
export function encodeContent(content: proto.IMessage): Uint8Array {
  return pad(encodeMessage(content));
}

/** What a decrypted message says; throws for bytes that are no message. */
export function decodeContent(plaintext: Uint8Array): proto.IMessage {
  return proto.Message.decode(unpad(plaintext));
}

/** What a post of a channel says, which is neither encrypted nor padded; throws for bytes that are no message. */
export function decodeContentOfChannel(bytes: Uint8Array): proto.IMessage {
  return proto.Message.decode(bytes);
}

/** The words of a text message; undefined for every other kind. */
export function textOfContent(content: proto.IMessage): string | undefined {
  return content.conversation ?? content.extendedTextMessage?.text ?? undefined;
}

/** Ids as the two handset systems make them. */
export function createMessageId(system: 'android' | 'ios'): string {
  return system === 'android' ? randomHex(16) : `3A${randomHex(9)}`;
}

function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex').toUpperCase();
}
