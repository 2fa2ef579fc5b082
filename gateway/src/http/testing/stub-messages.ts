import type { MessageData } from '@eazewa/sdk/events';
import { GatewayError } from '../../errors.ts';
import type { Instances } from '../../instances/instances.ts';
import type { MediaToSend, Messages, MessageToSend } from '../../messages/messages.ts';

/** A message that was asked for, and the idempotency key that came with it. */
export type SentMessage = MessageToSend & { readonly key: string | undefined };

export type SentFile = MediaToSend & { readonly key: string | undefined };

/** Messages that go nowhere but into `sent` and `files`; those that are found are `known`. */
export function createStubMessages(
  instances: Instances,
  { sent, files, known }: { sent: SentMessage[]; files: SentFile[]; known: ReadonlyMap<string, MessageData> },
): Messages {
  return {
    async send(instanceId, message, key) {
      const { state } = await instances.get(instanceId);
      if (state !== 'ready') {
        throw new GatewayError('action_failed', 'instance not ready', {
          explanation: `The instance is ${state}.`,
        });
      }
      if (!message.chatId.includes('@')) {
        throw new GatewayError('action_failed', 'incorrect chatId format.', {
          explanation: `"${message.chatId}" is missing a domain, expected <id>@c.us.`,
        });
      }
      sent.push({ ...message, key });
      return messageData(message);
    },
    async sendMedia(_instanceId, media, key) {
      files.push({ ...media, key });
      return messageData({ chatId: media.chatId, text: media.caption ?? '', mentions: [] });
    },
    async find(_instanceId, messageId) {
      const message = known.get(messageId);
      if (message !== undefined) return message;
      throw new GatewayError('action_failed', 'message not found', {
        explanation: `There is no ${messageId}.`,
      });
    },
  };
}

export function messageData({ chatId, text }: MessageToSend): MessageData {
  const hex = '3EB0123456789ABCDEF012';
  const id = { fromMe: true, remote: chatId, id: hex, _serialized: `true_${chatId}_${hex}` };
  const common = {
    id,
    body: text,
    type: 'chat' as const,
    ack: 1 as const,
    from: '491709999999@c.us',
    to: chatId,
    broadcast: false,
    isForwarded: false,
    hasReaction: false,
    isEphemeral: false,
    links: [],
  };
  return {
    ...common,
    hasMedia: false,
    timestamp: 1_669_994_807,
    deviceType: 'web',
    forwardingScore: 0,
    isStatus: false,
    isStarred: false,
    fromMe: true,
    hasQuotedMsg: false,
    vCards: [],
    mentionedIds: [],
    groupMentions: [],
    isGif: false,
    _data: {
      ...common,
      viewed: false,
      t: 1_669_994_807,
      isNewMsg: true,
      star: false,
      recvFresh: true,
      mentionedJidList: [],
      isStatusV3: false,
    },
  };
}
