import type { BaileysSocket } from './baileys-socket.ts';

/** Asks WhatsApp for a sign of life, an `iq` of `w:p`; gives the id that comes back with the answer. */
export function sendPing(socket: Pick<BaileysSocket, 'generateMessageTag' | 'sendNode'>): string {
  const id = socket.generateMessageTag();
  const attrs = { id, to: 's.whatsapp.net', type: 'get', xmlns: 'w:p' };
  // A socket that takes nothing any more gives no answer either, and that is what counts.
  socket.sendNode({ tag: 'iq', attrs, content: [{ tag: 'ping', attrs: {} }] }).catch(() => undefined);
  return id;
}
