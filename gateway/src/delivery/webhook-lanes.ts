import type { Delivery, WaitingLane } from '../outbox/outbox-store.ts';
import { writeHistory } from './attempt-head.ts';
import { gapMs } from './decisions.ts';
import type { WebhookLanesParts } from './lane-parts.ts';
import { LaneTurns } from './lane-turns.ts';
import { Lane } from './lane.ts';
import { StoredLanes } from './stored-lanes.ts';

/**
 * The lanes of one track of a webhook that have something to deliver. A lane in memory is always in one place: it is
 * ready for its first attempt or for a further one, it has its turn, it waits for a time, for a file or for room, it rests until the
 * gate opens or its turn in the rotation comes, or it is leaving for the store; so none is ever forgotten.
 */
export class WebhookLanes {
  readonly #parts: WebhookLanesParts;
  readonly #stored: StoredLanes;
  readonly #turns: LaneTurns;
  readonly #lanes = new Map<number, Lane>();
  /** Those that are left to the store as soon as their attempts are written down. */
  readonly #leaving = new Set<Lane>();

  constructor(parts: WebhookLanesParts, hasStored: boolean) {
    this.#parts = parts;
    const { webhookId, track, context } = parts;
    this.#turns = new LaneTurns({
      ...parts,
      hasStored: () => this.#stored.hasLanes,
      giveAway: (lane) => void this.#giveAway(lane),
      onEmpty: (lane) => this.#remove(lane),
      onRoom: () => this.fetch(),
    });
    this.#stored = new StoredLanes(
      {
        webhookId,
        track,
        store: context.store,
        outage: context.outage,
        log: context.log,
        room: () => this.#room,
        isInMemory: (lane) => this.#lanes.has(lane),
        admit: (lanes, startShare) => this.#admitStored(lanes, startShare),
        onFetched: () => this.#parts.onProgress(),
      },
      hasStored,
    );
  }

  get isIdle(): boolean {
    return this.#lanes.size === 0 && !this.#stored.isBusy;
  }

  /** Whether a lane waits for nothing but a free place. */
  get hasReady(): boolean {
    return this.#turns.hasReady;
  }

  get lanesInTurn(): number {
    return this.#turns.inTurn;
  }

  /** Lanes that wait for room for a large body. */
  get lanesForRoom(): number {
    return this.#turns.forRoom;
  }

  get restingLanes(): number {
    return this.#turns.resting;
  }

  /** Ids of the deliveries that are being attempted. */
  get inFlight(): number[] {
    return [...this.#lanes.values()].flatMap(({ current }) => (current ? [current.id] : []));
  }

  /** Takes a delivery that has just been recorded. */
  add(delivery: Delivery): void {
    const lane = this.#lanes.get(delivery.lane);
    if (lane && (this.#parts.gate.isClosed || this.#parts.isOff())) lane.lookAgain();
    else if (lane) lane.offer(delivery);
    else if (this.#stored.hasLanes || this.#room <= 0) {
      this.#stored.report();
      this.#stored.fetch();
    } else {
      const fresh = this.#admit(delivery.lane, this.#parts.gate.isClosed ? delivery.id : null);
      if (!this.#parts.gate.isClosed) fresh.offer(delivery);
      this.#turns.want(fresh);
      this.pump();
    }
  }

  /** Gives turns to lanes that want one, as many as may have one. */
  pump(): void {
    this.#turns.pump();
  }

  /**
   * Brings lanes from the store while there is room. At start their first attempts are spread over one gap;
   * `startShare`, from 0 to 1, tells this webhook's place among the others.
   */
  fetch(startShare: number | null = null): void {
    this.#stored.fetch(startShare);
  }

  /** The store may have deliveries that were never added. */
  lookAgain(): void {
    for (const lane of this.#lanes.values()) lane.lookAgain();
    this.#stored.report();
    this.fetch();
  }

  /** Deliveries were ended in the store: what memory holds of them is forgotten. */
  reload(): void {
    for (const lane of this.#lanes.values()) lane.unload();
    this.lookAgain();
  }

  /** The webhook is switched off: what memory holds of its lanes is forgotten. */
  switchedOff(): void {
    this.#turns.switchedOff();
    this.reload();
  }

  /** The gate has closed: all lanes but the keepers rest, and memory keeps little of them. */
  closed(): void {
    const { limits } = this.#parts;
    const oldestFirst = [...this.#lanes.values()].toSorted((one, other) => one.headId - other.headId);
    for (const lane of oldestFirst) lane.unloadRest();
    this.#turns.closed(oldestFirst.filter((lane) => !lane.isInTurn && !this.#leaving.has(lane)));
    for (const lane of this.#turns.restingLatestFirst()) {
      if (this.#lanes.size - this.#leaving.size <= limits.lanesWhileClosed) break;
      void this.#giveAway(lane);
    }
    this.pump();
  }

  /** The gate has opened: each lane goes on when its gap has passed. */
  opened(): void {
    this.#turns.opened();
    this.fetch();
  }

  /** Wakes the lanes that wait for the next attempt of what is no longer wanted, and cuts all attempts if `isCut`. */
  stopUnwanted(isUnwanted: (eventName: string) => boolean, isCut: boolean): void {
    for (const lane of this.#lanes.values()) {
      if (isCut) lane.abort.abort();
      this.#turns.wake(lane, (eventName) => isCut || (eventName !== undefined && isUnwanted(eventName)));
    }
  }

  /** Closes the sockets of all attempts. */
  abortAll(): void {
    for (const lane of this.#lanes.values()) lane.abort.abort();
  }

  async writeHistories(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => writeHistory(lane, this.#parts.context)));
  }

  /** Resolves once no lane has its turn. */
  whenQuiet(): Promise<void> {
    return this.#turns.whenQuiet();
  }

  get #room(): number {
    const { gate, limits, isOff } = this.#parts;
    if (isOff()) return 0;
    if (gate.isClosed) return limits.lanesWhileClosed - this.#lanes.size;
    // Those that wait for files take nobody's place, unless they are too many to be held besides.
    const besides = Math.min(this.#turns.awaiting, limits.lanesInMemory);
    return limits.lanesInMemory + besides - this.#lanes.size;
  }

  /** Leaves a lane to the store. */
  async #giveAway(lane: Lane): Promise<void> {
    this.#turns.forget(lane);
    this.#leaving.add(lane);
    await writeHistory(lane, this.#parts.context);
    this.#leaving.delete(lane);
    lane.unload();
    this.#stored.report();
    this.#remove(lane);
    this.#parts.onProgress();
  }

  #admit(number: number, headId: number | null): Lane {
    const { webhookId, context } = this.#parts;
    const lane = new Lane(webhookId, number, context.memory, headId);
    this.#lanes.set(number, lane);
    return lane;
  }

  #admitStored(lanes: readonly WaitingLane[], startShare: number | null): void {
    const now = this.#parts.context.clock.monotonic();
    lanes.forEach(({ lane: number, headId }, index) => {
      const lane = this.#admit(number, headId);
      if (startShare !== null) lane.dueAt = now + (gapMs * (index + startShare)) / lanes.length;
      this.#turns.waitUntilDue(lane);
    });
    this.pump();
  }

  #remove(lane: Lane): void {
    this.#turns.forget(lane);
    this.#lanes.delete(lane.number);
    // When a good part is free: the store is asked rarely, and the lanes that were given away come round.
    if (this.#room >= (this.#room + this.#lanes.size - this.#turns.keepers) / 2) this.fetch();
  }
}
