import type { MessageData } from '@eazewa/sdk/events';

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
}

export interface MessageToSend {
  /** `<digits>@c.us`, `<digits>@lid` or `<id>@g.us`. */
  readonly chatId: string;
  readonly text: string;
  /** Contact ids that the text mentions. */
  readonly mentions: readonly string[];
}
