import './mend-libsignal.ts';
import { prepareWAMessageMedia, proto, type AnyMediaMessageContent, type WASocket } from 'baileys';
import type { MediaContent } from '../instances/connection.ts';
import type { baileysLog } from './baileys-log.ts';

/** A host that takes nothing for so long has failed, and the next one is tried. */
const uploadSilenceMs = 60_000;

/** Encrypts a file, uploads it, and makes the content of its message. @throws what Baileys throws. */
export async function composeMedia(
  media: MediaContent,
  socket: Pick<WASocket, 'waUploadToServer'>,
  logger: ReturnType<typeof baileysLog>,
): Promise<Uint8Array> {
  const content = await prepareWAMessageMedia(contentOf(media), {
    logger,
    upload: socket.waUploadToServer,
    jid: media.to,
    mediaUploadTimeoutMs: uploadSilenceMs,
  });
  for (const part of [content.imageMessage, content.videoMessage]) if (part) part.jpegThumbnail = null;
  if (content.audioMessage) content.audioMessage.waveform = null;
  return proto.Message.encode(withCaption(content)).finish();
}

/** A document with a caption is wrapped, as phones do it; Baileys does not. */
function withCaption(content: proto.IMessage): proto.IMessage {
  return content.documentMessage?.caption ? { documentWithCaptionMessage: { message: content } } : content;
}

/**
 * The file in Baileys' words. No thumbnail is made: Baileys would start a program that may be on this machine, on a file
 * that a stranger may have made.
 */
function contentOf({ kind, bytes, mimetype, filename, caption }: MediaContent): AnyMediaMessageContent {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const text = caption === null ? {} : { caption };
  const noThumbnail = { jpegThumbnail: '' };
  switch (kind) {
    case 'image':
      return { image: file, mimetype, ...text, ...noThumbnail };
    case 'video':
      return { video: file, mimetype, ...text, ...noThumbnail };
    case 'audio':
      return { audio: file, mimetype };
    case 'ptt':
      // An empty one keeps Baileys from decoding the whole file for it.
      return { audio: file, mimetype, ptt: true, waveform: new Uint8Array(0) } as AnyMediaMessageContent;
    case 'document':
      return { document: file, mimetype, fileName: filename ?? 'file', ...text };
    case 'sticker':
      return { sticker: file, mimetype };
  }
}
