import type { AttemptResult, Response, Silence } from './attempt-result.ts';
import {
  Connection,
  type Channel,
  type ConnectionFault,
  type Exchange,
  type ExchangeEnd,
} from './http1/connection.ts';
import type { ResponseHead } from './http1/response-head.ts';
import { openConnection, type Opening } from './open-connection.ts';
import type { OpenFailure } from './open-failure.ts';
import type { Place } from './places.ts';
import { requestHead } from './request-head.ts';
import type { Target } from './target.ts';
import type { TlsIdentity } from './tls-identity.ts';
import type { SendOptions, WebhookRequest } from './webhook-request.ts';

/** What an attempt needs besides its request. */
export interface AttemptSetting {
  readonly target: Target;
  readonly identity: TlsIdentity | null;
  readonly options: SendOptions;
}

/** One attempt: a place, a connection, the request, and what came back. Calls `done` once. */
export class Attempt implements Exchange {
  readonly #request: WebhookRequest;
  readonly #target: Target;
  readonly #identity: TlsIdentity | null;
  readonly #options: SendOptions;
  /** What its connection may be shared by. */
  readonly #poolKey: string;
  readonly #done: (result: AttemptResult) => void;
  #startedAt = 0;
  #place: Place | null = null;
  #opening: Opening | null = null;
  #connection: Connection | null = null;
  #isReused = false;
  #head: ResponseHead | null = null;
  #isOver = false;
  #cancelDeadline: (() => void) | null = null;
  #cancelStep: (() => void) | null = null;

  constructor(
    request: WebhookRequest,
    { target, identity, options }: AttemptSetting,
    done: (result: AttemptResult) => void,
  ) {
    this.#request = request;
    this.#target = target;
    this.#identity = identity;
    this.#options = options;
    this.#poolKey = identity === null ? target.origin : `${target.origin} ${identity.key}`;
    this.#done = done;
  }

  start(): void {
    const { signal, places } = this.#options;
    if (signal?.aborted) return this.#abort();
    signal?.addEventListener('abort', this.#abort);
    const { hostAndPort } = this.#target;
    this.#place = places.enter(hostAndPort, this.#request.isFailing, () => this.#begin());
    // It may have ended before it knew its place.
    if (this.#isOver) this.#place.leave();
  }

  /** The deadline counts from here: waiting for a place among ourselves is not the receiver's silence. */
  #begin(): void {
    const { clock, limits, connections } = this.#options;
    const deadlineMs = this.#request.options.deadlineMs ?? limits.totalMs;
    this.#startedAt = clock.monotonic();
    this.#cancelDeadline = clock.after(deadlineMs, () => {
      this.#afterNetwork(() => this.#timedOut('timeout', `no response within ${deadlineMs} ms`));
    });
    const reused = connections.take(this.#poolKey);
    if (reused) {
      this.#isReused = true;
      this.#send(reused);
    } else this.#open();
  }

  #open(): void {
    const { clock, limits, resolve, policy, proxy } = this.#options;
    this.#isReused = false;
    this.#cancelStep = clock.after(limits.connectMs, () => {
      this.#afterNetwork(() => {
        if (this.#opening) this.#timedOut('connect_timeout', `no connection within ${limits.connectMs} ms`);
      });
    });
    this.#opening = openConnection(this.#target, {
      resolve,
      policy,
      proxy,
      identity: this.#identity,
      onOpen: (channel) => this.#opened(channel),
      onFailure: (failure) => this.#openFailed(failure),
    });
  }

  #opened(channel: Channel): void {
    this.#cancelStep?.();
    this.#opening = null;
    this.#send(new Connection(channel, this.#options.limits.bodyBytes));
  }

  #openFailed(failure: OpenFailure): void {
    if (failure.outcome === 'unsent') return this.#finish(failure);
    return this.#finish(this.#silence(failure.reason, failure.detail, failure.phase));
  }

  #send(connection: Connection): void {
    this.#connection = connection;
    const head = requestHead(this.#request, this.#target, this.#options.clock.now());
    connection.request(head, this.#request.body, this);
  }

  onHead(head: ResponseHead): void {
    const { clock, limits } = this.#options;
    this.#head = head;
    this.#cancelDeadline?.();
    if (head.framing.kind === 'none') return;
    this.#cancelStep = clock.after(limits.bodyMs, () => {
      this.#afterNetwork(() => this.#respond('too_slow', null));
    });
  }

  onEnd({ isReusable, bodyProblem }: ExchangeEnd): void {
    this.#respond(bodyProblem, isReusable ? this.#connection : null);
  }

  onFault({ reason, detail, sawBytes, wasWritten }: ConnectionFault): void {
    // The server closed an unused connection while the request was on its way: that is between the two of us, and
    // no attempt. Once only, as the next connection is a new one.
    if (this.#isReused && !sawBytes && reason !== 'garbled') {
      this.#connection = null;
      return this.#open();
    }
    return this.#finish(this.#silence(reason, detail, wasWritten ? 'response' : 'write'));
  }

  #respond(bodyProblem: Response['bodyProblem'], reusable: Connection | null): void {
    if (this.#head === null) return;
    const { status, keepAliveMs } = this.#head;
    const outcome = status >= 200 && status < 300 ? 'delivered' : 'rejected';
    const response = this.#connection?.received ?? new Uint8Array();
    const durationMs = this.#elapsedMs();
    this.#finish({ outcome, status, bodyProblem, response, durationMs }, reusable, keepAliveMs);
  }

  /**
   * Lets the event loop read what has already arrived before a deadline is held against the receiver: when this
   * process was busy or stopped, the timer comes first and the answer may be waiting.
   */
  #afterNetwork(act: () => void): void {
    setImmediate(() => {
      if (!this.#isOver) act();
    });
  }

  #timedOut(reason: 'timeout' | 'connect_timeout', detail: string): void {
    if (this.#head !== null) return;
    if (this.#opening?.isAtProxy) this.#finish(this.#silence('proxy', `the proxy: ${detail}`));
    else this.#finish(this.#silence(reason, detail));
  }

  readonly #abort = (): void => {
    this.#finish({ outcome: 'unsent', reason: 'aborted', detail: 'the delivery is no longer wanted' });
  };

  #silence(reason: Silence['reason'], detail: string, at?: Silence['phase']): Silence {
    const phase = at ?? this.#opening?.phase ?? (this.#connection?.wasWritten ? 'response' : 'write');
    const bytes = this.#connection?.received;
    const response = bytes && bytes.length > 0 ? bytes : null;
    return { outcome: 'silence', reason, phase, detail, response, durationMs: this.#elapsedMs() };
  }

  #elapsedMs(): number {
    return Math.round(this.#options.clock.monotonic() - this.#startedAt);
  }

  #finish(
    result: AttemptResult,
    reusable: Connection | null = null,
    keepAliveMs: number | null = null,
  ): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.signal?.removeEventListener('abort', this.#abort);
    this.#cancelDeadline?.();
    this.#cancelStep?.();
    this.#opening?.cancel();
    // The connection first: who gets the place uses it.
    if (reusable) this.#options.connections.keep(this.#poolKey, reusable, keepAliveMs);
    else this.#connection?.destroy();
    this.#place?.leave(hostDid(result));
    this.#done(result);
  }
}

/** What a result says of the host; nothing when it was not asked, or another failed in its place. */
function hostDid(result: AttemptResult): 'answered' | 'silent' | undefined {
  switch (result.outcome) {
    case 'delivered':
    case 'rejected':
      return 'answered';
    case 'silence':
      return result.reason === 'proxy' ? undefined : 'silent';
    case 'unsent':
    case 'unsendable':
      return undefined;
    default:
      return result satisfies never;
  }
}
