import type { Socket } from 'node:net';
import { createBodyReader, type BodyReader } from './response-body.ts';
import { ResponseHeadReader, type ResponseHead } from './response-head.ts';

/** An open socket, and what it reads; a chunk is only good until the listener returns. */
export interface Channel {
  readonly socket: Socket;
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
  readonly reason: 'closed' | 'reset' | 'garbled';
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
  readonly #bodyBytesMax: number;
  /** The first bytes of the response. */
  #received: Buffer = noBytes;
  #exchange: Exchange | null = null;
  #head: ResponseHeadReader | null = null;
  #body: BodyReader | null = null;
  #bodyBytes = 0;
  #sawBytes = false;
  #isDead = false;
  #keepAlive = false;
  #endsByClose = false;

  constructor(channel: Channel, bodyBytesMax: number) {
    const { socket } = channel;
    this.#socket = socket;
    this.#bodyBytesMax = bodyBytesMax;
    channel.onData((chunk) => this.#take(chunk));
    socket.on('end', () => this.#ended({ reason: 'closed', detail: 'the server closed the connection' }));
    socket.on('close', () => this.#ended({ reason: 'closed', detail: 'the connection was closed' }));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#ended({ reason: 'reset', detail: error.code ?? error.message });
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

  /** The first bytes that came back for the request, as they came. */
  get received(): Uint8Array {
    return this.#received;
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
        this.#exchange.onHead(progress.head);
        return this.#receivedBody(progress.rest);
      case 'garbled':
        return this.#ended({ reason: 'garbled', detail: progress.detail });
      default:
        return progress satisfies never;
    }
  }

  /** A copy: the chunk's memory is read into again. */
  #keep(chunk: Buffer): void {
    const missing = bytesKept - this.#received.length;
    if (missing <= 0) return;
    const part = chunk.subarray(0, missing);
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
