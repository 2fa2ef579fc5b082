import type { Socket } from 'node:net';
import { createBodyReader, type BodyReader } from './response-body.ts';
import { ResponseHeadReader, type ResponseHead } from './response-head.ts';

/** An open socket, and what it reads; a chunk is only good until the listener returns. */
export interface Channel {
  readonly socket: Socket;
  /** Of what comes, nothing but the head of a response is kept. */
  readonly isPrivate: boolean;
  onData(listener: (chunk: Buffer) => void): void;
}

/** Told what becomes of one request. After `onEnd` or `onFault` nothing more comes. */
export interface Exchange {
  /** The final head is complete: this is a response, whatever follows. */
  onHead(head: ResponseHead): void;
  onEnd(end: ExchangeEnd): void;
  /** The request ends without a response. */
  onFault(fault: ConnectionFault): void;
}

export interface ExchangeEnd {
  /** Whether the next request may use this connection. */
  readonly isReusable: boolean;
  /** What went wrong in the body; null when it was complete. */
  readonly bodyProblem: 'cut' | 'garbled' | 'too_large' | null;
}

export interface ConnectionFault {
  readonly reason: 'closed' | 'reset' | 'garbled' | 'tls_handshake';
  readonly detail: string;
  /** Whether the server had begun to answer. */
  readonly sawBytes: boolean;
  /** Whether the whole request had been handed to the network, so that the server may have worked on it. */
  readonly wasWritten: boolean;
}

/** One connection that carries one request at a time (HTTP/1.1 without pipelining). */
export class Connection {
  /** Until when the pool may hand it out, on the monotonic clock. */
  idleUntil = 0;
  readonly #socket: Socket;
  readonly #isPrivate: boolean;
  readonly #bodyBytesMax: number;
  /** The first bytes of the response. */
  #received: Buffer = noBytes;
  /** The bytes up to the end of its head, once that is known. */
  #headBytes: number | null = null;
  #bytes = 0;
  #exchange: Exchange | null = null;
  #head: ResponseHeadReader | null = null;
  #body: BodyReader | null = null;
  #bodyBytes = 0;
  #sawBytes = false;
  #isDead = false;
  #keepAlive = false;
  #endsByClose = false;

  constructor(channel: Channel, bodyBytesMax: number) {
    const { socket, isPrivate } = channel;
    this.#socket = socket;
    this.#isPrivate = isPrivate;
    this.#bodyBytesMax = bodyBytesMax;
    channel.onData((chunk) => this.#take(chunk));
    socket.on('end', () => this.#ended({ reason: 'closed', detail: 'the server closed the connection' }));
    socket.on('close', () => this.#ended({ reason: 'closed', detail: 'the connection was closed' }));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // With TLS 1.3 a server refuses our certificate only after our part of the handshake.
      const reason = error.code?.startsWith('ERR_SSL_') ? 'tls_handshake' : 'reset';
      this.#ended({ reason, detail: error.code ?? error.message });
    });
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  request(head: string, body: Uint8Array, exchange: Exchange): void {
    this.#exchange = exchange;
    this.#head = null;
    this.#body = null;
    this.#bodyBytes = 0;
    this.#sawBytes = false;
    this.#received = noBytes;
    this.#headBytes = null;
    this.#bytes = 0;
    if (body.length <= copiedBytesMax) {
      // One write and one packet; copying so little is cheaper than a second one.
      const bytes = Buffer.allocUnsafe(head.length + body.length);
      bytes.write(head, 'latin1');
      bytes.set(body, head.length);
      this.#socket.write(bytes);
    } else {
      this.#socket.cork();
      this.#socket.write(head, 'latin1');
      this.#socket.write(body);
      this.#socket.uncork();
    }
  }

  /** The first bytes that came back for the request, as they came; of a private channel only a response's head. */
  get received(): Uint8Array {
    return this.#isPrivate ? this.#received.subarray(0, this.#headBytes ?? 0) : this.#received;
  }

  /** Whether the network has taken the whole request. */
  get wasWritten(): boolean {
    return this.#socket.writableLength === 0;
  }

  /** Closes at once; the exchange in progress hears nothing. */
  destroy(): void {
    this.#exchange = null;
    this.#isDead = true;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#exchange === null) return this.destroy();
    this.#sawBytes = true;
    this.#bytes += chunk.length;
    this.#keep(chunk);
    if (this.#body !== null) return this.#receivedBody(chunk);
    const progress = (this.#head ??= new ResponseHeadReader()).push(chunk);
    switch (progress.kind) {
      case 'more':
        return undefined;
      case 'head':
        this.#keepAlive = progress.head.keepAlive;
        this.#endsByClose = progress.head.framing.kind === 'until_close';
        this.#body = createBodyReader(progress.head.framing);
        this.#headBytes = this.#bytes - progress.rest.length;
        this.#exchange.onHead(progress.head);
        return this.#receivedBody(progress.rest);
      case 'garbled':
        return this.#ended({ reason: 'garbled', detail: progress.detail });
      default:
        return progress satisfies never;
    }
  }

  /** A small copy: the chunk's memory is read into again. Nearly always there is one chunk. */
  #keep(chunk: Buffer): void {
    const missing = bytesKept - this.#received.length;
    if (missing <= 0) return;
    const part = chunk.length > missing ? chunk.subarray(0, missing) : chunk;
    this.#received = this.#received.length === 0 ? Buffer.from(part) : Buffer.concat([this.#received, part]);
  }

  #receivedBody(chunk: Buffer): void {
    if (this.#exchange === null) return undefined;
    this.#bodyBytes += chunk.length;
    const progress = this.#body?.push(chunk) ?? 'garbled';
    if (progress === 'garbled') return this.#finish({ isReusable: false, bodyProblem: 'garbled' });
    // An answer that came before the request was read leaves the connection in the middle of it.
    const isReusable = this.#keepAlive && this.wasWritten;
    if (progress === 'complete') return this.#finish({ isReusable, bodyProblem: null });
    if (this.#bodyBytes > this.#bodyBytesMax) {
      return this.#finish({ isReusable: false, bodyProblem: 'too_large' });
    }
    return undefined;
  }

  #finish(end: ExchangeEnd): void {
    const exchange = this.#exchange;
    this.#exchange = null;
    if (!end.isReusable) this.destroy();
    exchange?.onEnd(end);
  }

  #ended(cause: Pick<ConnectionFault, 'reason' | 'detail'>): void {
    const exchange = this.#exchange;
    const { wasWritten } = this;
    const isAnswered = this.#body !== null;
    const isComplete = this.#endsByClose && cause.reason === 'closed';
    this.destroy();
    if (exchange === null) return;
    if (isAnswered) exchange.onEnd({ isReusable: false, bodyProblem: isComplete ? null : 'cut' });
    else exchange.onFault({ ...cause, sawBytes: this.#sawBytes, wasWritten });
  }
}

const copiedBytesMax = 64 * 1024;

/** Of a response; what people need to see why it was one. */
const bytesKept = 1024;
const noBytes = Buffer.alloc(0);
