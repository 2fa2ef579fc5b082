import type { Clock } from '../clock.ts';
import type { Connection } from './http1/connection.ts';

/** What the other side's `Keep-Alive: timeout` is cut by, for the time a request needs to arrive. */
const keepAliveMarginMs = 500;
const sweepMs = 1000;

export interface ConnectionLimits {
  /** Attempts at the same time, to one origin and in all. */
  readonly perOrigin: number;
  readonly inAll: number;
  /** How long an unused connection is kept. */
  readonly idleMs: number;
}

/** The places for attempts, and the connections that are open but unused. */
export class Connections {
  readonly #clock: Clock;
  readonly #limits: ConnectionLimits;
  readonly #origins = new Map<string, Origin>();
  /** Origins with somebody waiting, longest first. */
  readonly #waiting = new Set<Origin>();
  #taken = 0;
  #cancelSweep: (() => void) | null = null;

  constructor(clock: Clock, limits: ConnectionLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Calls `start` once there is a place, in the order of the calls to the same origin. Returns how to step back. */
  enter(origin: string, start: () => void): () => void {
    const place = this.#origin(origin);
    if (this.#hasRoom(place) && place.queue.length === 0) {
      this.#take(place);
      start();
      return () => {};
    }
    place.queue.push(start);
    this.#waiting.add(place);
    return () => {
      const index = place.queue.indexOf(start);
      if (index >= 0) place.queue.splice(index, 1);
      if (place.queue.length === 0) this.#waiting.delete(place);
    };
  }

  /** Frees a place. `connection` is kept for the next request when it may be used again. */
  leave(origin: string, connection: Connection | null, keepAliveMs: number | null): void {
    const place = this.#origin(origin);
    this.#taken--;
    place.taken--;
    if (connection) this.#keep(place, connection, keepAliveMs);
    this.#admit(place);
    if (isUnused(place)) this.#origins.delete(origin);
  }

  /** An unused connection to the origin: the one used last, as it is the least likely to have been closed. */
  reuse(origin: string): Connection | null {
    const idle = this.#origins.get(origin)?.idle ?? [];
    for (let connection = idle.pop(); connection; connection = idle.pop()) {
      if (!connection.isDead && connection.idleUntil > this.#clock.monotonic()) return connection;
      connection.destroy();
    }
    return null;
  }

  /** Closes the connections that are not in use. */
  close(): void {
    this.#cancelSweep?.();
    for (const { idle } of this.#origins.values()) {
      idle.splice(0).forEach((connection) => connection.destroy());
    }
  }

  #origin(origin: string): Origin {
    let place = this.#origins.get(origin);
    if (!place) this.#origins.set(origin, (place = { taken: 0, idle: [], queue: [] }));
    return place;
  }

  #hasRoom(place: Origin): boolean {
    return place.taken < this.#limits.perOrigin && this.#taken < this.#limits.inAll;
  }

  #take(place: Origin): void {
    place.taken++;
    this.#taken++;
  }

  /** Gives the free place to whoever waits: another origin first, so that a busy one does not keep it for itself. */
  #admit(left: Origin): void {
    if (this.#waiting.size === 0) return;
    if (this.#waiting.size > 1 && this.#waiting.delete(left)) this.#waiting.add(left);
    for (const place of this.#waiting) {
      if (!this.#hasRoom(place)) continue;
      const start = place.queue.shift();
      if (place.queue.length === 0) this.#waiting.delete(place);
      this.#take(place);
      start?.();
      return;
    }
  }

  #keep(place: Origin, connection: Connection, keepAliveMs: number | null): void {
    const allowedMs = keepAliveMs === null ? Infinity : keepAliveMs - keepAliveMarginMs;
    const idleMs = Math.min(this.#limits.idleMs, allowedMs);
    if (idleMs <= 0) return connection.destroy();
    connection.idleUntil = this.#clock.monotonic() + idleMs;
    place.idle.push(connection);
    this.#cancelSweep ??= this.#clock.after(sweepMs, () => this.#sweep());
  }

  #sweep(): void {
    this.#cancelSweep = null;
    let kept = 0;
    for (const [origin, place] of this.#origins) {
      const now = this.#clock.monotonic();
      const [dead, alive] = partition(place.idle, (one) => one.isDead || one.idleUntil <= now);
      dead.forEach((connection) => connection.destroy());
      place.idle = alive;
      kept += alive.length;
      if (isUnused(place)) this.#origins.delete(origin);
    }
    if (kept > 0) this.#cancelSweep = this.#clock.after(sweepMs, () => this.#sweep());
  }
}

interface Origin {
  taken: number;
  idle: Connection[];
  readonly queue: (() => void)[];
}

function isUnused({ taken, idle, queue }: Origin): boolean {
  return taken === 0 && idle.length === 0 && queue.length === 0;
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
