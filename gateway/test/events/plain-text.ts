import assert from 'node:assert/strict';
import type { MessageAck, MessageData, RawMessageData } from '@eazewa/sdk/events';
import { raw, told, type Parties } from './expected-message.ts';

/** What is particular about a plain text between two people. */
export interface PlainText extends Omit<Parties, 'author'> {
  /** The other side's, which ends in `@lid`. */
  readonly lid: string;
  readonly body: string;
  readonly ack?: MessageAck;
  /** Of what a program sent: random bytes by their place. */
  readonly messageSecret?: RawMessageData['messageSecret'];
  readonly deviceType?: MessageData['deviceType'];
}

/** The whole message, field by field, as the contract has it. */
export function plainText(text: PlainText): MessageData {
  const { lid, body, messageSecret, ack = 1, deviceType = 'web' } = text;
  const message = told(text, { type: 'chat', body, ack, deviceType });
  return {
    _data: { ...raw(message, text), ...(messageSecret !== undefined && { messageSecret }), lid },
    ...message,
  };
}

/** The secret that Baileys gives a message of ours: 32 random bytes, all of them. */
export function secretOf({ data }: { readonly data: { readonly message: MessageData } }) {
  const { messageSecret } = data.message._data;
  assert.deepEqual(Object.keys(messageSecret ?? {}), [...Array(32).keys()].map(String));
  return { messageSecret };
}
