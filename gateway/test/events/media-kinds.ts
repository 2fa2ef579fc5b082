import { createHash } from 'node:crypto';
import type { MessageType } from '@eazewa/sdk/events';
import type { NewMedia } from '@eazewa/simulator';
import type { Told } from './expected-message.ts';

/** A file that phones send, and what is told of it besides where it is and how it is encrypted. */
export interface MediaKind {
  readonly kind: string;
  readonly media: NewMedia;
  readonly told: Partial<Told> & { readonly type: MessageType; readonly body: string };
  readonly raw: Readonly<Record<string, unknown>>;
}

const bytes = Buffer.from('It is the same file in every test. '.repeat(40));
export const filehash = createHash('sha256').update(bytes).digest('base64');

/** One of every kind. */
export const mediaKinds: readonly MediaKind[] = [
  {
    kind: 'image',
    media: { kind: 'image', bytes, width: 640, height: 480 },
    told: { type: 'image', body: '' },
    raw: { mimetype: 'image/jpeg', width: 640, height: 480 },
  },
  {
    kind: 'image with a caption',
    media: { kind: 'image', bytes, caption: 'see https://example.com/a' },
    told: {
      type: 'image',
      body: 'see https://example.com/a',
      links: [{ link: 'https://example.com/a', isSuspicious: false }],
    },
    raw: { mimetype: 'image/jpeg', caption: 'see https://example.com/a' },
  },
  {
    kind: 'video',
    media: { kind: 'video', bytes, caption: 'a film', seconds: 7, width: 320, height: 240 },
    told: { type: 'video', body: 'a film', duration: '7' },
    raw: { mimetype: 'video/mp4', caption: 'a film', duration: '7', width: 320, height: 240 },
  },
  {
    kind: 'gif',
    media: { kind: 'gif', bytes, seconds: 2 },
    told: { type: 'video', body: '', duration: '2', isGif: true },
    raw: { mimetype: 'video/mp4', duration: '2' },
  },
  {
    kind: 'video note',
    media: { kind: 'video-note', bytes, seconds: 3 },
    told: { type: 'video', body: '', duration: '3' },
    raw: { mimetype: 'video/mp4', duration: '3' },
  },
  {
    kind: 'audio',
    media: { kind: 'audio', bytes, mimetype: 'audio/mp4', seconds: 61 },
    told: { type: 'audio', body: '', duration: '61' },
    raw: { mimetype: 'audio/mp4', duration: '61' },
  },
  {
    kind: 'ptt',
    media: { kind: 'voice', bytes, seconds: 9 },
    told: { type: 'ptt', body: '', duration: '9' },
    raw: { mimetype: 'audio/ogg; codecs=opus', duration: '9' },
  },
  {
    kind: 'document',
    media: { kind: 'document', bytes, mimetype: 'application/pdf', fileName: 'bill.pdf', pageCount: 2 },
    told: { type: 'document', body: 'bill.pdf' },
    raw: {
      mimetype: 'application/pdf',
      caption: 'bill.pdf',
      isCaptionByUser: false,
      filename: 'bill.pdf',
      pageCount: 2,
    },
  },
  {
    kind: 'document with a caption',
    media: { kind: 'document', bytes, mimetype: 'text/plain', fileName: 'note.txt', caption: 'a note' },
    told: { type: 'document', body: 'a note' },
    raw: { mimetype: 'text/plain', filename: 'note.txt', caption: 'a note', isCaptionByUser: true },
  },
  {
    kind: 'sticker',
    media: { kind: 'sticker', bytes },
    told: { type: 'sticker', body: '' },
    raw: { mimetype: 'image/webp' },
  },
  {
    kind: 'image to be seen once',
    media: { kind: 'image', bytes, viewOnce: true },
    told: { type: 'image', body: '' },
    raw: { mimetype: 'image/jpeg', isViewOnce: true },
  },
];
