import { randomInt } from 'node:crypto';
import { createMessageId, textContent } from '../message-content.ts';
import { proto } from '../stanza/codec.ts';
import type { Stanza } from '../stanza/codec.ts';
import { node } from '../stanza/node.ts';

export interface ChannelMessage {
  /** `<digits>@newsletter` */
  readonly channel: string;
  readonly text: string;
  readonly id?: string;
  /** The channel's own number of the message. */
  readonly serverId?: number;
  /** Seconds since 1970; now when left out. */
  readonly timestamp?: number;
}

/** A message of a channel: nothing is encrypted there. */
export function channelMessage(message: ChannelMessage): Stanza {
  const {
    channel,
    text,
    serverId = randomInt(100, 10_000),
    timestamp = Math.floor(Date.now() / 1000),
  } = message;
  const attributes = {
    id: message.id ?? createMessageId('android'),
    from: channel,
    type: 'text',
    server_id: String(serverId),
    t: String(timestamp),
  };
  const plaintext = proto.Message.encode(textContent(text)).finish();
  return node('message', attributes, [node('plaintext', {}, plaintext)]);
}
