import type { Clock } from '../clock.ts';

/**
 * Where a connection is, as far as the watchdog minds: the socket opens, the server answers the handshake, it accepts
 * the login or shows a QR code, Baileys' queries after the login are answered (then Baileys says `open`), WhatsApp
 * replays what it kept, traffic flows.
 */
export type Stage = 'socket' | 'handshake' | 'login' | 'qr' | 'linked' | 'start' | 'replay' | 'live';

/** What the watchdog looks at in a stanza. */
export interface SeenStanza {
  readonly tag: string;
  readonly attrs: Readonly<Record<string, string | undefined>>;
}

export interface WatchdogParts {
  readonly clock: Clock;
  /** Asks WhatsApp for a sign of life, an `iq` of `w:p`; its id comes back with the answer. */
  readonly ping: () => string;
  /** Called once, with a plain sentence: the connection is to be ended. */
  readonly giveUp: (reason: string) => void;
}

/** Stages with an end: how long nothing may happen in one, and what is said then. */
const starts: Readonly<Partial<Record<Stage, { readonly limitMs: number; readonly reason: string }>>> = {
  socket: { limitMs: 20_000, reason: 'No connection to WhatsApp could be opened within 20 seconds.' },
  handshake: { limitMs: 20_000, reason: 'WhatsApp did not answer the handshake within 20 seconds.' },
  login: { limitMs: 30_000, reason: 'WhatsApp did not answer the login within 30 seconds.' },
  linked: {
    limitMs: 60_000,
    reason: 'The number was linked, but WhatsApp did not ask for a fresh connection within 60 seconds.',
  },
  start: {
    limitMs: 60_000,
    reason: 'WhatsApp accepted the login but did not finish the start within 60 seconds.',
  },
  replay: {
    limitMs: 60_000,
    reason:
      'WhatsApp accepted the login but stopped sending the messages of the time before, for 60 seconds, without an end.',
  },
};

/** WhatsApp Web pings about as often. */
const pingEveryMs = 20_000;
const silentMs = 45_000;
/** Longer than silence: much other traffic may hold an answer up. */
const unansweredMs = 90_000;
/** A timer that is late by this much: the process stood still and read no socket. That time does not count. */
const pausedMs = 2000;
/** So long a pause, as when a machine sleeps, leaves time for one more ping and its answer. */
const longPauseMs = 10_000;
const secondChanceMs = 15_000;
/** So often it looks whether the process stood still. */
const longestTickMs = 5000;

/**
 * Watches over one connection. Each stage of a start must make progress, and a connection that is ready must prove it:
 * something comes within 45 seconds, and within 90 a ping is answered, whatever else comes. Baileys' own keep-alive
 * measures with the wall clock and takes any traffic for a proof, so it is not used.
 */
export class Watchdog {
  readonly #parts: WatchdogParts;
  #stage: Stage = 'socket';
  #isOver = false;
  /** All monotonic milliseconds. */
  #progressAt = 0;
  #seenAt = 0;
  #answeredAt = 0;
  #pingedAt = 0;
  #dueAt = 0;
  /** Ids of the last ones. */
  readonly #pings: string[] = [];
  #cancel: (() => void) | null = null;

  constructor(parts: WatchdogParts) {
    this.#parts = parts;
  }

  /** The socket is being opened from now on. */
  start(): void {
    this.enter('socket');
  }

  /** A stage begins, with all of its time. Entering the same one again changes nothing. */
  enter(stage: Stage): void {
    if (this.#isOver || (stage === this.#stage && this.#cancel !== null)) return;
    const now = this.#parts.clock.monotonic();
    if (!hasSession(this.#stage)) this.#pingedAt = now;
    this.#stage = stage;
    this.#progressAt = now;
    this.#seenAt = now;
    this.#answeredAt = now;
    this.#arm();
  }

  /** Every stanza that comes in. */
  see(stanza: SeenStanza): void {
    const now = this.#parts.clock.monotonic();
    this.#seenAt = now;
    if (this.#isPingAnswer(stanza)) this.#answeredAt = now;
    else if (this.#isProgress(stanza)) this.#progressAt = now;
  }

  /** The connection is over. */
  stop(): void {
    this.#isOver = true;
    this.#cancel?.();
  }

  /** Live traffic may flow beside a start that is stuck, so it is no progress. */
  #isProgress({ tag, attrs }: SeenStanza): boolean {
    if (attrs['offline'] !== undefined) return true;
    const isAnswer = tag === 'iq' && attrs['type'] !== 'get' && attrs['type'] !== 'set';
    return this.#stage === 'start' && (isAnswer || tag === 'ib');
  }

  /** An error is an answer too. */
  #isPingAnswer({ tag, attrs }: SeenStanza): boolean {
    return tag === 'iq' && attrs['id'] !== undefined && this.#pings.includes(attrs['id']);
  }

  #arm(): void {
    this.#cancel?.();
    const now = this.#parts.clock.monotonic();
    const waitMs = Math.max(0, Math.min(longestTickMs, this.#nextAt() - now));
    this.#dueAt = now + waitMs;
    this.#cancel = this.#parts.clock.after(waitMs, () => this.#tick());
  }

  #tick(): void {
    const now = this.#parts.clock.monotonic();
    const lateMs = now - this.#dueAt;
    if (lateMs >= pausedMs) this.#forgive(now, lateMs);
    const reason = this.#failure(now);
    if (reason !== null) {
      this.stop();
      this.#parts.giveUp(reason);
      return;
    }
    if (now >= this.#nextPingAt()) this.#ping(now);
    this.#arm();
  }

  /** The process, or the whole machine, stood still: what was not heard then is nobody's fault. */
  #forgive(now: number, lateMs: number): void {
    const leftMs = lateMs >= longPauseMs ? secondChanceMs : 0;
    // What was heard since is later than all of it.
    const moved = (at: number, limitMs: number) =>
      Math.max(Math.min(at + lateMs, now), Math.min(now - limitMs + leftMs, now));
    this.#progressAt = moved(this.#progressAt, starts[this.#stage]?.limitMs ?? 0);
    this.#seenAt = moved(this.#seenAt, silentMs);
    this.#answeredAt = moved(this.#answeredAt, unansweredMs);
    // At once, to know soon.
    this.#pingedAt = Math.min(this.#pingedAt, now - pingEveryMs);
  }

  #failure(now: number): string | null {
    const start = starts[this.#stage];
    if (start !== undefined) return now >= this.#progressAt + start.limitMs ? start.reason : null;
    if (now >= this.#seenAt + silentMs) return 'WhatsApp has sent nothing for 45 seconds.';
    if (now >= this.#answeredAt + unansweredMs) {
      return 'WhatsApp has answered no ping for 90 seconds, although other traffic came.';
    }
    return null;
  }

  /** When something is to be done or to be looked at. */
  #nextAt(): number {
    const start = starts[this.#stage];
    const limit =
      start === undefined
        ? Math.min(this.#seenAt + silentMs, this.#answeredAt + unansweredMs)
        : this.#progressAt + start.limitMs;
    return Math.min(limit, this.#nextPingAt());
  }

  #nextPingAt(): number {
    return hasSession(this.#stage) ? this.#pingedAt + pingEveryMs : Number.POSITIVE_INFINITY;
  }

  #ping(now: number): void {
    this.#pingedAt = now;
    this.#pings.push(this.#parts.ping());
    if (this.#pings.length > unansweredMs / pingEveryMs) this.#pings.shift();
  }
}

/** The handshake and the login are over: WhatsApp answers queries. */
function hasSession(stage: Stage): boolean {
  return stage !== 'socket' && stage !== 'handshake' && stage !== 'login';
}
