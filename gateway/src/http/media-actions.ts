import type { MessageData } from '@eazewa/sdk/events';
import { Type, type Static } from 'typebox';
import { GatewayError } from '../errors.ts';
import type { MediaSource } from '../media/load-source.ts';
import { action, ChatId, idempotencyKeyOf, IdempotencyKey, sendOptions, SentMessage } from './action.ts';
import type { HttpDeps } from './deps.ts';
import { mediaActionFailed, signalOf } from './media-answer.ts';
import type { Call, Route } from './route.ts';

/** The actions about files: send one, and get the one of a message. */
export function mediaActions(deps: HttpDeps): Route[] {
  return [sendMedia(deps), downloadMedia(deps), getMessage(deps)];
}

const SendMedia = Type.Object({
  chatId: ChatId,
  mediaUrl: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 2048,
      description: 'Where the file is; either this or `mediaBase64`.',
      examples: ['https://example.com/invoice.pdf'],
    }),
  ),
  mediaBase64: Type.Optional(
    Type.String({ minLength: 1, description: 'The file itself as base64; `mediaName` is needed then.' }),
  ),
  mediaName: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'What the file is called.',
      examples: ['invoice.pdf'],
    }),
  ),
  mediaCaption: Type.Optional(Type.String({ maxLength: 65_536, description: 'The text below the file.' })),
  asSticker: Type.Optional(Type.Boolean({ description: 'A WebP picture as a sticker.' })),
  asVoice: Type.Optional(Type.Boolean({ description: 'Ogg with Opus as a voice note.' })),
  asDocument: Type.Optional(Type.Boolean({ description: 'Whatever it is, as a document.' })),
  previewLink: Type.Optional(Type.Boolean({ description: 'Taken, but without effect.' })),
  ...sendOptions,
});

function sendMedia({ messages }: HttpDeps): Route {
  return action({
    name: 'send-media',
    operationId: 'send-media-message',
    summary: 'Send a picture, video, audio, document or sticker to a chat',
    description:
      'The file is uploaded, then its message is stored and sent; the answer is that of `send-message`. What WhatsApp does ' +
      'not play is sent as a document. The body may be larger than those of other calls: by the largest file ' +
      '(`EAZEWA_MEDIA_LIMIT_BYTES`) as base64.',
    takesFile: true,
    body: SendMedia,
    headers: IdempotencyKey,
    result: SentMessage,
    async run(call, id) {
      const { chatId, mediaName, mediaCaption, asSticker, asVoice, asDocument } = call.body;
      const media = {
        chatId,
        source: sourceOf(call.body),
        name: mediaName,
        caption: mediaCaption === '' ? undefined : mediaCaption,
        asSticker: asSticker === true,
        asVoice: asVoice === true,
        asDocument: asDocument === true,
      };
      return messages.sendMedia(id, media, idempotencyKeyOf(call));
    },
  });
}

function sourceOf({ mediaUrl, mediaBase64, mediaName }: Static<typeof SendMedia>): MediaSource {
  if (mediaUrl !== undefined && mediaBase64 !== undefined)
    throw wrong('mediaBase64', 'Give either mediaUrl or mediaBase64, not both.');
  if (mediaUrl !== undefined) return { url: mediaUrl };
  if (mediaBase64 === undefined) throw wrong('mediaUrl', 'Either mediaUrl or mediaBase64 is needed.');
  if (mediaName === undefined) throw wrong('mediaName', 'With mediaBase64 the mediaName is needed.');
  return { base64: mediaBase64 };
}

function wrong(field: string, problem: string): GatewayError {
  return new GatewayError('invalid_request', 'The given data was invalid.', {
    fields: { [field]: [problem] },
  });
}

const MessageIdField = Type.String({
  minLength: 1,
  maxLength: 500,
  description: 'As in `id._serialized`; a bare id when only one message has it.',
  examples: ['false_491701234567@c.us_3EB0123456789ABCDEF012'],
});

const MessageMedia = Type.Object({
  mimetype: Type.String(),
  data: Type.String({ description: 'Base64.' }),
  filename: Type.Optional(Type.String()),
  filesize: Type.Integer({ description: 'Bytes.' }),
});

function downloadMedia(deps: HttpDeps): Route {
  return action({
    name: 'download-media',
    operationId: 'download-media',
    summary: 'Get the file of a message',
    description:
      'Fetched from WhatsApp, decrypted and checked. WhatsApp keeps files for some weeks; after that the phone is asked to ' +
      'upload it again, for which it must be online.',
    body: Type.Object({ messageId: MessageIdField }),
    result: MessageMedia,
    run: async (call, id) => mediaOf(call, id, await deps.messages.find(id, call.body.messageId), deps),
  });
}

function getMessage(deps: HttpDeps): Route {
  return action({
    name: 'get-message-by-id',
    operationId: 'get-message-by-id',
    summary: 'Get a message, with its file if that is wanted',
    body: Type.Object({
      messageId: MessageIdField,
      includeMedia: Type.Optional(Type.Boolean({ default: false, description: 'The file as base64 too.' })),
    }),
    result: Type.Object({ message: SentMessage, media: Type.Union([MessageMedia, Type.Null()]) }),
    async run(call, id) {
      const message = await deps.messages.find(id, call.body.messageId);
      const isWanted = call.body.includeMedia === true && message.hasMedia;
      return { message, media: isWanted ? await mediaOf(call, id, message, deps) : null };
    },
  });
}

function mediaOf(
  call: Pick<Call, 'whenGone'>,
  instanceId: number,
  message: MessageData,
  { media, config }: HttpDeps,
) {
  const options = { maxBytes: config.mediaLimitBytes, signal: signalOf(call) };
  return media.fetch(instanceId, message, options).catch(mediaActionFailed);
}
