import type { Lane } from './lane.ts';

/**
 * The lanes without response that keep their own gap whatever else waits. While the gate is closed those with the oldest
 * heads, and no other lane goes on by itself.
 */
export class Keepers {
  readonly #max: number;
  readonly #lanes = new Set<Lane>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#lanes.size;
  }

  has(lane: Lane): boolean {
    return this.#lanes.has(lane);
  }

  /** Takes a lane if there is room. */
  offer(lane: Lane): void {
    if (this.#lanes.size < this.#max) this.#lanes.add(lane);
  }

  /** Takes a lane, and gives the one with the youngest head for which there is no room then; it may be the same. */
  admit(lane: Lane): Lane | null {
    this.#lanes.add(lane);
    if (this.#lanes.size <= this.#max) return null;
    const youngest = [...this.#lanes].reduce((one, other) => (one.headId > other.headId ? one : other));
    this.#lanes.delete(youngest);
    return youngest;
  }

  delete(lane: Lane): void {
    this.#lanes.delete(lane);
  }

  clear(): void {
    this.#lanes.clear();
  }
}
