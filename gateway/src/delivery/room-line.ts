import type { Lane } from './lane.ts';
import type { Places } from './places.ts';

/** What a lane needs before its next body may be sent. */
export interface RoomWanted {
  readonly bytes: number;
  /** `host:port`. */
  readonly host: string;
  readonly isFailing: boolean;
  readonly eventName: string;
}

/**
 * The lanes of one track of a webhook whose next bodies are large, in order. Only the first of each kind, those after a
 * silence and the others, stands in line for room: so webhooks take turns however many lanes each has, room that waits for
 * its lane's turn is that of one body, and no kind waits for the room of the other.
 */
export class RoomLine {
  readonly #room: Places;
  readonly #onRoom: (lane: Lane) => void;
  readonly #healthy = newKind();
  readonly #failing = newKind();

  /** `onRoom` is never called within another call. */
  constructor(room: Places, onRoom: (lane: Lane) => void) {
    this.#room = room;
    this.#onRoom = onRoom;
  }

  get lanes(): Lane[] {
    return [...this.#healthy.lanes.keys(), ...this.#failing.lanes.keys()];
  }

  get size(): number {
    return this.#healthy.lanes.size + this.#failing.lanes.size;
  }

  add(lane: Lane, wanted: RoomWanted): void {
    const kind = wanted.isFailing ? this.#failing : this.#healthy;
    kind.lanes.set(lane, wanted);
    this.#next(kind);
  }

  /** A lane has its turn, or does not want one any more; its room is its own. */
  delete(lane: Lane): void {
    for (const kind of [this.#healthy, this.#failing]) {
      kind.lanes.delete(lane);
      if (kind.first !== lane) continue;
      kind.first = null;
      this.#next(kind);
    }
  }

  #next(kind: Kind): void {
    const [entry] = kind.lanes;
    if (entry === undefined || kind.first !== null) return;
    const [lane, { bytes, host, isFailing }] = entry;
    kind.first = lane;
    const start = () => queueMicrotask(() => lane.room?.place === place && this.#onRoom(lane));
    const place = this.#room.enter(host, isFailing, start, bytes);
    lane.room = { bytes, place };
  }
}

/** Those who want room of one kind, which is not that of the other. */
interface Kind {
  readonly lanes: Map<Lane, RoomWanted>;
  /** Stands in line, or has room and waits for its turn. */
  first: Lane | null;
}

function newKind(): Kind {
  return { lanes: new Map(), first: null };
}
