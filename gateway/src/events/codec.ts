import type { MessageContent, PastMessage, Stanza } from './translation.ts';

/** Turns what the inbox keeps as bytes back into data. `whatsapp/` implements it; nothing else knows the encodings. */
export interface Codec {
  /** @throws Error when the bytes are no stanza. */
  decodeStanza(bytes: Uint8Array): Stanza;
  /**
   * Decodes decrypted content: the padded protobufs of each `<enc>`, merged into one message.
   *
   * @throws Error when the bytes are no message.
   */
  decodePlaintexts(plaintexts: readonly Uint8Array[]): MessageContent;
  /** Decodes the content of a message of ours: one protobuf without padding. */
  decodeContent(bytes: Uint8Array): MessageContent;
  /**
   * Decodes a message as the phone keeps it: a protobuf `WebMessageInfo`.
   *
   * @throws Error when the bytes are none, or it has no id.
   */
  decodePastMessage(bytes: Uint8Array): PastMessage;
}
