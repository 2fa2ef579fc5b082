/** What the start of a response says: its status, and how its body ends. */
export interface ResponseHead {
  readonly status: number;
  readonly framing: BodyFraming;
  /** Whether the server lets the connection be used again. */
  readonly keepAlive: boolean;
  /** For how long, when it says so. */
  readonly keepAliveMs: number | null;
}

export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until_close' };

export type HeadProgress =
  | { readonly kind: 'more' }
  /** `rest` came after the head. */
  | { readonly kind: 'head'; readonly head: ResponseHead; readonly rest: Buffer }
  | { readonly kind: 'garbled'; readonly detail: string };

/** Bytes of one head; more is garbled. */
const headBytesMax = 64 * 1024;

const more: HeadProgress = { kind: 'more' };

/**
 * Reads the final head of a response (RFC 9112), in whatever pieces it comes. Interim heads (1xx) are skipped; 101 is
 * final, because nobody asked for it. It is strict, since a head that two programs could read in two ways must not
 * count as an answer.
 */
export class ResponseHeadReader {
  /** The line that is not complete yet. */
  #pending = '';
  #bytes = 0;
  #draft: HeadDraft | null = null;

  push(chunk: Buffer): HeadProgress {
    const before = this.#pending.length;
    const text = this.#pending + chunk.toString('latin1');
    let searched = before;
    let start = 0;
    for (;;) {
      const end = text.indexOf('\n', searched);
      if (end < 0) return this.#wait(text.slice(start));
      if (end === start || text.charCodeAt(end - 1) !== carriageReturn)
        return garbled('a line ends without CR');
      const problem = this.#line(text.slice(start, end - 1));
      if (problem !== null) return garbled(problem);
      this.#bytes += end + 1 - start;
      if (this.#bytes > headBytesMax) return garbled('the head is too large');
      searched = start = end + 1;
      if (this.#draft?.isComplete !== true) continue;
      const head = headOf(this.#draft);
      if (typeof head === 'string') return garbled(head);
      if (head.status < 200 && head.status !== 101) {
        this.#draft = null;
        this.#bytes = 0;
        continue;
      }
      return { kind: 'head', head, rest: chunk.subarray(start - before) };
    }
  }

  #wait(unfinished: string): HeadProgress {
    if (this.#draft === null && !mayStartStatusLine(unfinished)) return garbled('it is not HTTP/1');
    if (this.#bytes + unfinished.length > headBytesMax) return garbled('the head is too large');
    this.#pending = unfinished;
    return more;
  }

  /** Takes one line; returns what is wrong with it. */
  #line(line: string): string | null {
    if (this.#draft === null) {
      // Servers have sent an empty line too many after the response before; RFC 9112 2.2 lets it pass.
      if (line === '') return null;
      this.#draft = readStatusLine(line);
      return this.#draft === null ? 'the status line is malformed' : null;
    }
    if (line === '') {
      this.#draft.isComplete = true;
      return null;
    }
    return readHeaderLine(line, this.#draft);
  }
}

const carriageReturn = 13;
const protocol = 'HTTP/';

interface HeadDraft {
  readonly status: number;
  readonly isVersion11: boolean;
  contentLength: string | null;
  transferEncoding: string | null;
  connection: string;
  keepAlive: string;
  hasHeaders: boolean;
  isComplete: boolean;
}

function garbled(detail: string): HeadProgress {
  return { kind: 'garbled', detail };
}

function mayStartStatusLine(text: string): boolean {
  return text === '\r' || protocol.startsWith(text.slice(0, protocol.length));
}

function readStatusLine(line: string): HeadDraft | null {
  const match = /^HTTP\/\d\.(\d) ([1-9]\d\d)(?: [^\0\r]*)?$/.exec(line);
  if (!match) return null;
  return {
    status: Number(match[2]),
    isVersion11: line.startsWith('HTTP/1.') && match[1] !== '0',
    contentLength: null,
    transferEncoding: null,
    connection: '',
    keepAlive: '',
    hasHeaders: false,
    isComplete: false,
  };
}

function readHeaderLine(line: string, draft: HeadDraft): string | null {
  if (line.includes('\0') || line.includes('\r')) return 'a header has a control character';
  // A folded line continues the header before it (RFC 9112 5.2); none of those that matter here is ever folded.
  if (line.startsWith(' ') || line.startsWith('\t'))
    return draft.hasHeaders ? null : 'the first header is folded';
  draft.hasHeaders = true;
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(colon, 0));
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return 'a header has no proper name';
  if (colon !== 14 && colon !== 17 && colon !== 10) return null;
  const value = line.slice(colon + 1).trim();
  switch (name.toLowerCase()) {
    case 'content-length':
      return takeContentLength(value, draft);
    case 'transfer-encoding':
      draft.transferEncoding = draft.transferEncoding === null ? value : `${draft.transferEncoding},${value}`;
      return null;
    case 'connection':
      draft.connection += `,${value.toLowerCase()}`;
      return null;
    case 'keep-alive':
      draft.keepAlive = value;
      return null;
    default:
      return null;
  }
}

function takeContentLength(value: string, draft: HeadDraft): string | null {
  // A list of the same number is one number (RFC 9110 8.6).
  for (const one of value.split(',').map((part) => part.trim())) {
    if (!/^\d{1,15}$/.test(one)) return 'the content length is not a number';
    if (draft.contentLength !== null && Number(draft.contentLength) !== Number(one)) {
      return 'there are two content lengths';
    }
    draft.contentLength = one;
  }
  return null;
}

function headOf(draft: HeadDraft): ResponseHead | string {
  const framing = framingOf(draft);
  if (typeof framing === 'string') return framing;
  const keepAlive = draft.isVersion11 ? !hasToken(draft, 'close') : hasToken(draft, 'keep-alive');
  const seconds =
    draft.keepAlive === '' ? undefined : /(?:^|[\s,;])timeout=(\d{1,6})/i.exec(draft.keepAlive)?.[1];
  return {
    status: draft.status,
    framing,
    keepAlive: keepAlive && framing.kind !== 'until_close' && draft.status !== 101,
    keepAliveMs: seconds === undefined ? null : Number(seconds) * 1000,
  };
}

function hasToken({ connection }: HeadDraft, token: string): boolean {
  // Most answers say nothing.
  return connection !== '' && connection.split(',').some((one) => one.trim() === token);
}

function framingOf({ status, contentLength, transferEncoding }: HeadDraft): BodyFraming | string {
  if (transferEncoding !== null && contentLength !== null) return 'it has a content length and an encoding';
  if (status < 200 || status === 204 || status === 304) return { kind: 'none' };
  if (transferEncoding !== null) {
    return /(?:^|,)\s*chunked$/i.test(transferEncoding) ? { kind: 'chunked' } : { kind: 'until_close' };
  }
  if (contentLength === null) return { kind: 'until_close' };
  return contentLength === '0' ? { kind: 'none' } : { kind: 'length', bytes: Number(contentLength) };
}
