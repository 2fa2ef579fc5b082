import type { Lane } from './lane.ts';
import type { Places } from './places.ts';

/** What a lane needs before it may read its next body. */
export interface RoomWanted {
  readonly bytes: number;
  /** `host:port`. */
  readonly host: string;
  readonly isFailing: boolean;
  readonly eventName: string;
}

/**
 * The lanes of one track of a webhook whose next bodies are large, in order. Only the first of them stands in line for
 * room, so that webhooks take turns however many lanes each has, and room that waits for its lane's turn is that of one body.
 */
export class RoomLine {
  readonly #room: Places;
  readonly #onRoom: (lane: Lane) => void;
  readonly #lanes = new Map<Lane, RoomWanted>();
  /** Stands in line, or has room and waits for its turn. */
  #first: Lane | null = null;

  /** `onRoom` is never called within another call. */
  constructor(room: Places, onRoom: (lane: Lane) => void) {
    this.#room = room;
    this.#onRoom = onRoom;
  }

  get lanes(): Lane[] {
    return [...this.#lanes.keys()];
  }

  get size(): number {
    return this.#lanes.size;
  }

  add(lane: Lane, wanted: RoomWanted): void {
    this.#lanes.set(lane, wanted);
    this.#next();
  }

  /** A lane has its turn, or does not want one any more; its room is its own. */
  delete(lane: Lane): void {
    this.#lanes.delete(lane);
    if (this.#first !== lane) return;
    this.#first = null;
    this.#next();
  }

  #next(): void {
    const [entry] = this.#lanes;
    if (entry === undefined || this.#first !== null) return;
    const [lane, { bytes, host, isFailing }] = entry;
    this.#first = lane;
    const start = () => queueMicrotask(() => lane.room?.place === place && this.#onRoom(lane));
    const place = this.#room.enter(host, isFailing, start, bytes);
    lane.room = { bytes, place };
  }
}
