/** The type of a file by its first bytes; null when they are none of those below. */
export function mimetypeOfBytes(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64)).toString('latin1');
  return signatures.find(([begins]) => begins(head))?.[1] ?? null;
}

const signatures: readonly (readonly [(head: string) => boolean, string])[] = [
  [(head) => head.startsWith('\xff\xd8\xff'), 'image/jpeg'],
  [(head) => head.startsWith('\x89PNG\r\n\x1a\n'), 'image/png'],
  [(head) => /^GIF8[79]a/.test(head), 'image/gif'],
  [(head) => isRiff(head, 'WEBP'), 'image/webp'],
  [(head) => isRiff(head, 'WAVE'), 'audio/wav'],
  [(head) => isMpeg4(head, ['M4A', 'M4B']), 'audio/mp4'],
  [(head) => isMpeg4(head, ['3g']), 'video/3gpp'],
  [(head) => isMpeg4(head, ['qt']), 'video/quicktime'],
  [(head) => isMpeg4(head, ['heic', 'heix', 'mif1', 'msf1']), 'image/heic'],
  [(head) => isMpeg4(head, ['']), 'video/mp4'],
  // The codec is named in the first packet of the stream.
  [(head) => head.startsWith('OggS') && head.includes('OpusHead'), 'audio/ogg; codecs=opus'],
  [(head) => head.startsWith('OggS'), 'audio/ogg'],
  [(head) => /^(ID3|\xff[\xf2\xf3\xfa\xfb])/.test(head), 'audio/mpeg'],
  [(head) => /^\xff[\xf0\xf1\xf8\xf9]/.test(head), 'audio/aac'],
  [(head) => head.startsWith('#!AMR'), 'audio/amr'],
  [(head) => head.startsWith('\x1aE\xdf\xa3') && head.includes('webm'), 'video/webm'],
  [(head) => head.startsWith('%PDF-'), 'application/pdf'],
  [(head) => head.startsWith('PK\x03\x04'), 'application/zip'],
];

function isRiff(head: string, form: string): boolean {
  return head.startsWith('RIFF') && head.startsWith(form, 8);
}

/** A box `ftyp`, with the brand that it begins with. */
function isMpeg4(head: string, brands: readonly string[]): boolean {
  return head.startsWith('ftyp', 4) && brands.some((brand) => head.startsWith(brand, 8));
}

/** The type that a file's name promises; null when its ending is not known. */
function mimetypeOfName(name: string): string | null {
  const ending = /\.([a-z0-9]{1,8})$/i.exec(name)?.[1]?.toLowerCase();
  return ending === undefined ? null : (endings.get(ending) ?? null);
}

const endings = new Map([
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['png', 'image/png'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['heic', 'image/heic'],
  ['mp4', 'video/mp4'],
  ['3gp', 'video/3gpp'],
  ['mov', 'video/quicktime'],
  ['webm', 'video/webm'],
  ['mp3', 'audio/mpeg'],
  ['m4a', 'audio/mp4'],
  ['aac', 'audio/aac'],
  ['amr', 'audio/amr'],
  ['ogg', 'audio/ogg'],
  ['oga', 'audio/ogg'],
  ['opus', 'audio/ogg; codecs=opus'],
  ['wav', 'audio/wav'],
  ['pdf', 'application/pdf'],
  ['zip', 'application/zip'],
  ['doc', 'application/msword'],
  ['docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['xls', 'application/vnd.ms-excel'],
  ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ['ppt', 'application/vnd.ms-powerpoint'],
  ['pptx', 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
  ['odt', 'application/vnd.oasis.opendocument.text'],
  ['ods', 'application/vnd.oasis.opendocument.spreadsheet'],
  ['txt', 'text/plain'],
  ['csv', 'text/csv'],
  ['md', 'text/markdown'],
  ['html', 'text/html'],
  ['json', 'application/json'],
  ['xml', 'application/xml'],
  ['vcf', 'text/vcard'],
  ['ics', 'text/calendar'],
]);

/**
 * The type of a file to send: its first bytes say most surely what it is; of what they do not tell apart, such as the
 * office formats, which all are zip files, the name tells, then the server that it came from.
 */
export function mimetypeOf(bytes: Uint8Array, name: string | null, contentType: string | null): string {
  const ofBytes = mimetypeOfBytes(bytes);
  const ofName = name === null ? null : mimetypeOfName(name);
  const ofServer = plainType(contentType);
  const isContainer = ofBytes === 'application/zip' || ofBytes === 'audio/ogg';
  if (ofBytes !== null && !isContainer) return ofBytes;
  return ofName ?? ofServer ?? ofBytes ?? 'application/octet-stream';
}

/** A server's `Content-Type`; null when it says nothing. */
function plainType(contentType: string | null): string | null {
  const type = /^[a-z0-9.+-]{1,64}\/[a-z0-9.+-]{1,100}/i.exec(contentType ?? '')?.[0].toLowerCase() ?? null;
  return type === 'application/octet-stream' || type === 'binary/octet-stream' ? null : type;
}
