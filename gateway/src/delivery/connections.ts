import type { Clock } from '../clock.ts';
import type { Connection } from './http1/connection.ts';

/** What the other side's `Keep-Alive: timeout` is cut by, for the time a request needs to arrive. */
const keepAliveMarginMs = 500;
const sweepMs = 1000;

/**
 * The connections that are open but unused, by what they may be used for: a key stands for one origin and one way of
 * doing TLS, so that nobody sends over a connection that another one's certificates opened.
 */
export class Connections {
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #idle = new Map<string, Connection[]>();
  #cancelSweep: (() => void) | null = null;

  /** `idleMs`: how long an unused connection is kept. */
  constructor(clock: Clock, { idleMs }: { readonly idleMs: number }) {
    this.#clock = clock;
    this.#idleMs = idleMs;
  }

  /** An unused connection: the one used last, as it is the least likely to have been closed. */
  take(key: string): Connection | null {
    const idle = this.#idle.get(key);
    if (idle === undefined) return null;
    for (let connection = idle.pop(); connection; connection = idle.pop()) {
      if (!connection.isDead && connection.idleUntil > this.#clock.monotonic()) return connection;
      connection.destroy();
    }
    return null;
  }

  /** Keeps a connection for the next request, as long as the other side does (`keepAliveMs`, if it says so). */
  keep(key: string, connection: Connection, keepAliveMs: number | null): void {
    const allowedMs = keepAliveMs === null ? Infinity : keepAliveMs - keepAliveMarginMs;
    const idleMs = Math.min(this.#idleMs, allowedMs);
    if (idleMs <= 0) return connection.destroy();
    connection.idleUntil = this.#clock.monotonic() + idleMs;
    const idle = this.#idle.get(key);
    if (idle) idle.push(connection);
    else this.#idle.set(key, [connection]);
    this.#cancelSweep ??= this.#clock.after(sweepMs, () => this.#sweep());
  }

  /** Closes them all. */
  close(): void {
    this.#cancelSweep?.();
    this.#cancelSweep = null;
    for (const idle of this.#idle.values()) idle.forEach((connection) => connection.destroy());
    this.#idle.clear();
  }

  #sweep(): void {
    const now = this.#clock.monotonic();
    for (const [key, idle] of this.#idle) {
      const alive = idle.filter((connection) => {
        const isAlive = !connection.isDead && connection.idleUntil > now;
        if (!isAlive) connection.destroy();
        return isAlive;
      });
      if (alive.length > 0) this.#idle.set(key, alive);
      else this.#idle.delete(key);
    }
    this.#cancelSweep = this.#idle.size > 0 ? this.#clock.after(sweepMs, () => this.#sweep()) : null;
  }
}
