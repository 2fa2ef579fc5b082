import type { BodyFraming } from './response-head.ts';

export type BodyProgress =
  | 'more'
  /** The body is complete, and nothing came after it. */
  | 'complete'
  /** It cannot be told where the body ends, or more came than that: the connection is of no use any more. */
  | 'garbled';

/**
 * Finds the end of a response's body, so that its connection can be used again. The content itself is of no interest
 * and never kept.
 */
export interface BodyReader {
  push(chunk: Buffer): BodyProgress;
}

export function createBodyReader(framing: BodyFraming): BodyReader {
  switch (framing.kind) {
    case 'none':
      return { push: (chunk) => (chunk.length === 0 ? 'complete' : 'garbled') };
    case 'length':
      return lengthReader(framing.bytes);
    case 'chunked':
      return new ChunkedReader();
    case 'until_close':
      return { push: () => 'more' };
    default:
      return framing satisfies never;
  }
}

function lengthReader(bytes: number): BodyReader {
  let missing = bytes;
  return {
    push(chunk) {
      missing -= chunk.length;
      if (missing > 0) return 'more';
      return missing === 0 ? 'complete' : 'garbled';
    },
  };
}

const lineBytesMax = 4096;

/** RFC 9112 7.1: size in hex, CRLF, that many bytes, CRLF; a size of 0 and perhaps trailers end it. */
class ChunkedReader implements BodyReader {
  #line = '';
  #missing = 0;
  #expects: 'size' | 'data' | 'data_end' | 'trailer' | 'nothing' = 'size';

  push(chunk: Buffer): BodyProgress {
    let at = 0;
    while (at < chunk.length) {
      if (this.#expects === 'nothing') return 'garbled';
      if (this.#expects === 'data') {
        const taken = Math.min(this.#missing, chunk.length - at);
        this.#missing -= taken;
        at += taken;
        if (this.#missing === 0) this.#expects = 'data_end';
        continue;
      }
      const end = chunk.indexOf(10, at);
      this.#line += chunk.toString('latin1', at, end < 0 ? chunk.length : end + 1);
      if (this.#line.length > lineBytesMax) return 'garbled';
      if (end < 0) return 'more';
      at = end + 1;
      if (!this.#line.endsWith('\r\n') || !this.#takeLine(this.#line.slice(0, -2))) return 'garbled';
      this.#line = '';
    }
    return this.#expects === 'nothing' ? 'complete' : 'more';
  }

  #takeLine(line: string): boolean {
    switch (this.#expects) {
      case 'size': {
        const size = /^([0-9a-f]{1,12})[\t ]*(?:;.*)?$/i.exec(line)?.[1];
        if (size === undefined) return false;
        this.#missing = Number.parseInt(size, 16);
        this.#expects = this.#missing === 0 ? 'trailer' : 'data';
        return true;
      }
      case 'data_end':
        this.#expects = 'size';
        return line === '';
      case 'trailer':
        if (line === '') this.#expects = 'nothing';
        return true;
      case 'data':
      case 'nothing':
        return false;
      default:
        return this.#expects satisfies never;
    }
  }
}
