import { inflateSync } from 'node:zlib';
import QRCode from 'qrcode';

/** Whether a PNG data URL shows a QR code that says this text, module by module. Knows the kind of PNG that `qrcode` draws. */
export function showsQrCode(dataUrl: string, text: string): boolean {
  const { width, isDark } = readPng(Buffer.from(dataUrl.replace(/^data:image\/png;base64,/, ''), 'base64'));
  const first = Array.from({ length: width }, (_, at) => at).find((at) => isDark(at, at));
  if (first === undefined) return false;
  return (['L', 'M', 'Q', 'H'] as const).some((errorCorrectionLevel) => {
    const { modules } = QRCode.create(text, { errorCorrectionLevel });
    const scale = (width - 2 * first) / modules.size;
    if (!Number.isInteger(scale)) return false;
    const places = Array.from({ length: modules.size }, (_, at) => at);
    return places.every((row) =>
      places.every(
        (column) => isDark(first + column * scale, first + row * scale) === (modules.get(row, column) === 1),
      ),
    );
  });
}

/** Eight bits each of red, green, blue and alpha, without interlacing. */
function readPng(bytes: Buffer): { width: number; isDark: (x: number, y: number) => boolean } {
  if (bytes.subarray(0, 8).toString('latin1') !== '\x89PNG\r\n\x1a\n') throw new Error('This is no PNG.');
  const chunks = chunksOf(bytes);
  const header = chunks.find(({ type }) => type === 'IHDR')!.data;
  if (header.readUInt16BE(8) !== 0x0806 || header[12] !== 0) throw new Error('This is another kind of PNG.');
  const width = header.readUInt32BE(0);
  const data = chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data);
  const rows = unfilter(inflateSync(Buffer.concat(data)), width * 4);
  return { width, isDark: (x, y) => (rows[y]?.[x * 4] ?? 255) < 128 };
}

function chunksOf(bytes: Buffer): { type: string; data: Buffer }[] {
  const chunks = [];
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    chunks.push({ type, data: bytes.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return chunks;
}

/** Undoes the five filters of the PNG specification, section 9. */
function unfilter(bytes: Buffer, rowBytes: number): Uint8Array[] {
  const rows: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += rowBytes + 1) {
    const filter = bytes[at];
    const above = rows.at(-1) ?? new Uint8Array(rowBytes);
    const row = Uint8Array.from(bytes.subarray(at + 1, at + 1 + rowBytes));
    for (let x = 0; x < rowBytes; x++) {
      const [left, up, corner] = [row[x - 4] ?? 0, above[x] ?? 0, above[x - 4] ?? 0];
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter ?? 0] ?? 0;
      row[x] = ((row[x] ?? 0) + guess) & 0xff;
    }
    rows.push(row);
  }
  return rows;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const distances = [left, up, corner].map((value) => Math.abs(guess - value));
  const nearest = Math.min(...distances);
  return [left, up, corner][distances.indexOf(nearest)] ?? 0;
}
