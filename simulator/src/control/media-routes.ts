import { mediaKinds, mediaOf } from '../content/media-of.ts';
import type { MediaKind } from '../content/media-of.ts';
import type { NewMedia } from '../content/media.ts';
import type { MediaFile } from '../media/media-store.ts';
import { SimulatorError } from '../simulator-error.ts';
import type { proto } from '../stanza/codec.ts';
import type { Fields } from './fields.ts';
import type { ControlRequest } from './routes.ts';
import { sendOptionsOf } from './send-options.ts';

/** The media of a message, as the control API describes it. */
export interface MediaSummary {
  readonly kind: MediaKind;
  readonly mimetype?: string;
  readonly caption?: string;
  readonly fileName?: string;
  /** Bytes of the file. */
  readonly size: number;
  readonly directPath?: string;
}

/** A file on the media host, without its bytes. */
export type MediaFileSummary = Omit<MediaFile, 'bytes'> & { readonly size: number };

/** A file to send, its bytes as base64. */
export type RemoteMedia = Omit<NewMedia, 'bytes' | 'waveform' | 'thumbnail' | 'contextInfo'> & {
  base64: string;
  waveform?: string;
  thumbnail?: string;
};

/** Files that phones send and get, and the media host. */
export const mediaRoutes: Record<string, (request: ControlRequest) => unknown> = {
  'POST /phones/:number/send-media': sendMedia,
  'GET /phones/:number/messages/:id/media': ({ simulator, number, id }) =>
    simulator.phone(number).download(id),
  'POST /phones/:number/lose-media': ({ simulator, fields, number }) =>
    simulator.phone(number).loseMedia(fields.text('id')),
  'GET /media': ({ simulator }) => simulator.media.files.map((file) => describeFile(file)),
  'POST /media/expire': ({ simulator, fields }) =>
    simulator.media.expire(fields.text('file'), fields.optionalChoice('how', ['gone', 'missing'])),
  'POST /media/restore': ({ simulator, fields }) => simulator.media.restore(fields.text('file')),
  'POST /media/fail': failMedia,
  'POST /media/heal': ({ simulator }) => simulator.media.heal(),
};

/** Undefined for content without media. */
export function summaryOf(content: proto.IMessage | undefined): MediaSummary | undefined {
  const media = mediaOf(content);
  if (!media) return undefined;
  const { mimetype, caption, fileName, fileLength, directPath } = media.fields;
  return {
    kind: media.kind,
    ...(mimetype ? { mimetype } : {}),
    ...(caption ? { caption } : {}),
    ...(fileName ? { fileName } : {}),
    size: Number(fileLength ?? 0),
    ...(directPath ? { directPath } : {}),
  };
}

async function sendMedia({ simulator, fields, number }: ControlRequest): Promise<unknown> {
  const phone = simulator.phone(number);
  const sent = await phone.sendMedia(fields.text('to'), newMedia(fields), sendOptionsOf(fields));
  return { ...sent, file: describeFile(sent.file) };
}

/** The file that a request describes. Throws `invalid_request`. */
export function newMedia(fields: Fields): NewMedia {
  const [kind, bytes] = [fields.optionalChoice('kind', mediaKinds), fields.optionalBytes('base64')];
  if (!kind) throw new SimulatorError('invalid_request', `"kind" is missing: ${mediaKinds.join(', ')}.`);
  if (!bytes) throw new SimulatorError('invalid_request', '"base64", the bytes of the file, is missing.');
  const details = {
    mimetype: fields.optionalText('mimetype'),
    caption: fields.optionalText('caption'),
    fileName: fields.optionalText('fileName'),
    viewOnce: fields.optionalSwitch('viewOnce'),
    width: fields.optionalNumber('width'),
    height: fields.optionalNumber('height'),
    seconds: fields.optionalNumber('seconds'),
    waveform: fields.optionalBytes('waveform'),
    pageCount: fields.optionalNumber('pageCount'),
    isAnimated: fields.optionalSwitch('isAnimated'),
    thumbnail: fields.optionalBytes('thumbnail'),
  };
  const given = Object.entries(details).filter(([, value]) => value !== undefined);
  return { kind, bytes, ...Object.fromEntries(given) };
}

function failMedia({ simulator, fields }: ControlRequest): void {
  const [of, times] = [fields.optionalChoice('of', ['downloads', 'uploads']), fields.optionalNumber('times')];
  const options = { ...(of !== undefined && { of }), ...(times !== undefined && { times }) };
  simulator.media.fail(fields.text('fault'), options);
}

export function describeFile({ bytes, ...file }: MediaFile): MediaFileSummary {
  return { ...file, size: bytes.length };
}
