import type { MessageData } from '@eazewa/sdk/events';
import type { MediaSource } from '../media/load-source.ts';
import type { WantedKind } from '../media/outgoing-media.ts';

/** What the API can ask of messages. */
export interface Messages {
  /**
   * Stores the message under its final id, then sends it. Resolves after the server's ack (`ack: 1`), or after 10
   * seconds with `ack: 0`. A call with the `idempotencyKey` of an earlier one returns that one's message.
   *
   * @throws GatewayError `not_found` for an unknown instance; `action_failed` when it is not `ready`, the chat id is
   *   malformed or WhatsApp refuses.
   */
  send(instanceId: number, message: MessageToSend, idempotencyKey?: string): Promise<MessageData>;
  /**
   * The same for a file: loaded, uploaded, and then stored with its message, so that nothing is uploaded twice.
   *
   * @throws GatewayError also `action_failed` when the file cannot be loaded, or sent as it was wanted.
   */
  sendMedia(instanceId: number, media: MediaToSend, idempotencyKey?: string): Promise<MessageData>;
  /**
   * A message that is kept, by its `_serialized` id or, where that is unique, its bare one.
   *
   * @throws GatewayError `action_failed` when there is none, or several.
   */
  find(instanceId: number, messageId: string): Promise<MessageData>;
}

export interface MediaToSend extends WantedKind {
  readonly chatId: string;
  readonly source: MediaSource;
  /** What it is called, whatever it was called where it came from. */
  readonly name?: string | undefined;
  readonly caption?: string | undefined;
}

export interface MessageToSend {
  /** `<digits>@c.us`, `<digits>@lid` or `<id>@g.us`. */
  readonly chatId: string;
  readonly text: string;
  /** Contact ids that the text mentions. */
  readonly mentions: readonly string[];
}
