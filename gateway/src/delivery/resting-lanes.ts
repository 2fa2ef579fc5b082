import { gapMs, jittered } from './decisions.ts';
import type { Gate } from './gate.ts';
import type { Lane } from './lane.ts';
import type { WakeUps } from './wake-ups.ts';

export interface RestingLanesParts {
  readonly gate: Gate;
  readonly wakeUps: WakeUps;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly grantTurn: () => boolean;
  /** Gives a lane its turn; `leave` is called when that ends. */
  readonly takeTurn: (lane: Lane, leave: () => void) => void;
}

/**
 * The lanes that rest while the gate is closed. One after the other they are tried too, so that one bad event is never the
 * only probe.
 */
export class RestingLanes {
  readonly #parts: RestingLanesParts;
  readonly #lanes = new Set<Lane>();
  /** Ends the wait for the next lane of the rotation. */
  #cancelProbe: (() => void) | null = null;
  #isProbing = false;

  constructor(parts: RestingLanesParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#lanes.size;
  }

  /** Whether one of them has its turn; it does not rest meanwhile. */
  get isProbing(): boolean {
    return this.#isProbing;
  }

  has(lane: Lane): boolean {
    return this.#lanes.has(lane);
  }

  add(lane: Lane): void {
    lane.unload();
    this.#lanes.add(lane);
    this.#rotate();
  }

  delete(lane: Lane): void {
    this.#lanes.delete(lane);
  }

  /** Those that rest for the shortest time first. */
  latestFirst(): Lane[] {
    return [...this.#lanes].toReversed();
  }

  /** The gate has opened: all of them, those with the oldest heads first. None rests any more. */
  takeAll(): Lane[] {
    this.#cancelProbe?.();
    this.#cancelProbe = null;
    const lanes = [...this.#lanes].toSorted((one, other) => one.headId - other.headId);
    this.#lanes.clear();
    return lanes;
  }

  #rotate(): void {
    const { gate, wakeUps, random, grantTurn, takeTurn } = this.#parts;
    if (this.#cancelProbe !== null || this.#isProbing || !gate.isClosed || this.#lanes.size === 0) return;
    this.#cancelProbe = wakeUps.after(jittered(gapMs, random()), () => {
      this.#cancelProbe = null;
      const [lane] = this.#lanes;
      if (lane === undefined) return;
      // Paused, or the store is away: later.
      if (!grantTurn()) return this.#rotate();
      this.#lanes.delete(lane);
      this.#isProbing = true;
      takeTurn(lane, () => {
        this.#isProbing = false;
        this.#rotate();
      });
    });
  }
}
