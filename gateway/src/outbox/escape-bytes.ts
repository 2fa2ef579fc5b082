/** A response as people may look at it: what a terminal or a page would act on is spelled out. */
export interface EscapedResponse {
  /** Status line and headers. */
  readonly head: string;
  /** The first bytes of the body; empty for none. */
  readonly body: string;
}

/**
 * The first bytes of a response as text: UTF-8, or Latin-1 where it is not. Control characters, also those that only
 * change how text is shown, read `\n`, `\u0000`, and a backslash reads `\\`.
 */
export function escapedResponse(bytes: Uint8Array): EscapedResponse {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = /\r?\n\r?\n/.exec(buffer.toString('latin1'));
  const headEnd = end?.index ?? buffer.length;
  const bodyStart = end === null ? buffer.length : end.index + end[0].length;
  const head = buffer.subarray(0, headEnd);
  const body = buffer.subarray(bodyStart);
  const isChunked = /^transfer-encoding:[^\n]*\bchunked\b/im.test(head.toString('latin1'));
  return { head: escaped(head), body: escaped(isChunked ? withoutFrames(body) : body) };
}

/** A body in chunks (RFC 9112 7.1) without the lines between them; what is no chunk stays as it is. */
function withoutFrames(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let rest = body; rest.length > 0;) {
    const line = /^([0-9a-f]{1,8})(?:;[^\n]*)?\r?\n/i.exec(rest.subarray(0, 200).toString('latin1'));
    const size = Number.parseInt(line?.[1] ?? '', 16);
    if (line === null || size === 0) return Buffer.concat(line === null ? [...parts, rest] : parts);
    const start = line[0].length;
    parts.push(rest.subarray(start, start + size));
    rest = rest.subarray(start + size);
    if (rest.subarray(0, 2).equals(lineEnd)) rest = rest.subarray(2);
  }
  return Buffer.concat(parts);
}

const lineEnd = Buffer.from('\r\n');

function escaped(bytes: Buffer): string {
  return textOf(bytes).replaceAll(
    /[\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => short.get(character) ?? codesOf(character),
  );
}

/** A character that is cut off at the end makes no Latin-1 of the rest. */
function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return bytes.toString('latin1');
  }
}

const short = new Map([
  ['\\', '\\\\'],
  ['\r', '\\r'],
  ['\n', '\\n'],
  ['\t', '\\t'],
]);

function codesOf(character: string): string {
  return [...Array(character.length).keys()]
    .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
    .join('');
}
