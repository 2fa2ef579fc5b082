import type { Content } from '../message-content.ts';
import { proto } from '../stanza/codec.ts';
import { withMessageContext } from './context.ts';

/** The head of an album: how many pictures and videos belong to it, which come as messages of their own. */
export function album({ images = 0, videos = 0 }: { images?: number; videos?: number }): proto.IMessage {
  return { albumMessage: { expectedImageCount: images, expectedVideoCount: videos } };
}

/** A picture or video as a part of an album that the same phone has sent; `chat` is the jid of the chat. */
export function inAlbum(what: Content, albumId: string, chat: string): proto.IMessage {
  return withMessageContext(what, {
    messageAssociation: {
      associationType: proto.MessageAssociation.AssociationType.MEDIA_ALBUM,
      parentMessageKey: { remoteJid: chat, fromMe: true, id: albumId },
    },
  });
}
