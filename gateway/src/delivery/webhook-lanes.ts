import type { Delivery, WaitingLane } from '../outbox/outbox-store.ts';
import { DataError } from '../outbox/outbox-store.ts';
import { attemptHead, writeHistory, type NextTurn } from './attempt-head.ts';
import { gapMs } from './decisions.ts';
import { Keepers } from './keepers.ts';
import type { WebhookLanesParts } from './lane-parts.ts';
import { Lane } from './lane.ts';
import { RestingLanes } from './resting-lanes.ts';
import { StoredLanes } from './stored-lanes.ts';

/**
 * The lanes of one track of a webhook that have something to deliver. A lane in memory is always in one place: it is
 * ready for its first attempt or for a further one, it has its turn, it waits for a time or for a file, it rests until the
 * gate opens or its turn in the rotation comes, or it is leaving for the store; so none is ever forgotten.
 */
export class WebhookLanes {
  readonly #parts: WebhookLanesParts;
  readonly #stored: StoredLanes;
  readonly #lanes = new Map<number, Lane>();
  /** In the order of their turns. */
  readonly #ready = new Set<Lane>();
  /** Those whose last attempt had no response, once their gap has passed. */
  readonly #retries = new Set<Lane>();
  readonly #resting: RestingLanes;
  readonly #keepers: Keepers;
  /** Those that wait for the file of their head, with that. */
  readonly #awaiting = new Map<Lane, Delivery>();
  /** Those that are left to the store as soon as their attempts are written down. */
  readonly #leaving = new Set<Lane>();
  #firstTurns = 0;
  #otherTurns = 0;
  readonly #quiet = new Set<() => void>();

  constructor(parts: WebhookLanesParts, hasStored: boolean) {
    this.#parts = parts;
    const { webhookId, track, gate, limits, context, grantTurn } = parts;
    this.#keepers = new Keepers(limits.keepers);
    this.#resting = new RestingLanes({
      gate,
      wakeUps: context.wakeUps,
      random: context.random,
      grantTurn,
      takeTurn: (lane, leave) => void this.#takeTurn(lane, leave),
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
    return this.#ready.size > 0 || this.#retries.size > 0;
  }

  get lanesInTurn(): number {
    return this.#firstTurns + this.#otherTurns + (this.#resting.isProbing ? 1 : 0);
  }

  get restingLanes(): number {
    return this.#resting.size;
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
      this.#want(fresh);
      this.pump();
    }
  }

  /** Gives turns to lanes that want one, as many as may have one. */
  pump(): void {
    const { limits, gate, grantTurn } = this.#parts;
    for (const lane of this.#retries) {
      if (this.#otherTurns >= limits.keepers || !grantTurn()) break;
      this.#retries.delete(lane);
      this.#otherTurns++;
      void this.#takeTurn(lane, () => this.#otherTurns--);
    }
    for (const lane of this.#ready) {
      if (this.#firstTurns >= Math.min(gate.lanesAllowed, limits.lanesAtOnce) || !grantTurn()) return;
      this.#ready.delete(lane);
      this.#firstTurns++;
      void this.#takeTurn(lane, () => this.#firstTurns--);
    }
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

  /** The gate has closed: all lanes but the keepers rest, and memory keeps little of them. */
  closed(): void {
    const { limits } = this.#parts;
    const oldestFirst = [...this.#lanes.values()].toSorted((one, other) => one.headId - other.headId);
    this.#keepers.clear();
    for (const lane of oldestFirst) {
      lane.unloadRest();
      if (lane.isInTurn || this.#leaving.has(lane)) continue;
      this.#leavePlace(lane);
      if (this.#mayTry(lane)) this.#waitUntilDue(lane);
      else this.#resting.add(lane);
    }
    for (const lane of this.#resting.latestFirst()) {
      if (this.#lanes.size - this.#leaving.size <= limits.lanesWhileClosed) break;
      void this.#giveAway(lane);
    }
    this.pump();
  }

  /** The gate has opened: each lane goes on when its gap has passed. */
  opened(): void {
    const now = this.#parts.context.clock.monotonic();
    for (const lane of this.#resting.takeAll()) {
      // As for the first time, so that they come back one after the other.
      if (lane.dueAt <= now) this.#ready.add(lane);
      else this.#waitUntilDue(lane);
    }
    this.fetch();
  }

  /** Wakes the lanes that wait for the next attempt of what is no longer wanted, and cuts all attempts if `isCut`. */
  stopUnwanted(isUnwanted: (eventName: string) => boolean, isCut: boolean): void {
    for (const lane of this.#lanes.values()) {
      if (isCut) lane.abort.abort();
      const { eventName } = lane.history ?? this.#awaiting.get(lane) ?? {};
      if (!isCut && (eventName === undefined || !isUnwanted(eventName))) continue;
      if (lane.cancelWait === null && !this.#resting.has(lane)) continue;
      // Past the gate: what is not wanted is dropped, not sent.
      this.#leavePlace(lane);
      this.#retries.add(lane);
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
    return this.lanesInTurn === 0 ? Promise.resolve() : new Promise((resolve) => this.#quiet.add(resolve));
  }

  get #room(): number {
    const { gate, limits, isOff } = this.#parts;
    if (isOff()) return 0;
    if (gate.isClosed) return limits.lanesWhileClosed - this.#lanes.size;
    // Those that wait for files take nobody's place, unless they are too many to be held besides.
    const besides = Math.min(this.#awaiting.size, limits.lanesInMemory);
    return limits.lanesInMemory + besides - this.#lanes.size;
  }

  async #takeTurn(lane: Lane, leave: () => void): Promise<void> {
    const { gate, context } = this.#parts;
    lane.isInTurn = true;
    const isFailing = lane.history !== null || gate.isClosed;
    const next = await attemptHead(lane, isFailing, context).catch((error: unknown) =>
      this.#failed(lane, error),
    );
    lane.current = null;
    // One that never goes on keeps its turn.
    lane.isInTurn = next === 'never';
    leave();
    this.#goOn(lane, next);
    if (this.lanesInTurn === 0) this.#quiet.forEach((resolve) => resolve());
    this.#parts.onProgress();
  }

  #goOn(lane: Lane, next: NextTurn | 'never'): void {
    const { gate } = this.#parts;
    if (next === 'never') return;
    if (lane.history === null) this.#keepers.delete(lane);
    else if (!gate.isClosed) this.#keepers.offer(lane);
    if (next === 'media') this.#waitForFile(lane);
    else if (next !== 'soon') {
      lane.dueAt = this.#parts.context.clock.monotonic() + next.waitMs;
      if (this.#mayTry(lane)) this.#waitUntilDue(lane);
      // It makes room for one from the store, and comes back by the store.
      else if (this.#stored.hasLanes) void this.#giveAway(lane);
      else this.#resting.add(lane);
    } else if (lane.hasWork) this.#want(lane);
    else this.#remove(lane);
  }

  #failed(lane: Lane, error: unknown): NextTurn | 'never' {
    const { context, webhookId } = this.#parts;
    context.log.error({ err: error, webhookId, lane: lane.number }, 'a lane failed');
    // What cannot be settled would be sent again and again: that lane stays where it is until the next start.
    return error instanceof DataError ? 'never' : { waitMs: gapMs };
  }

  /** Puts a lane that is due where it belongs. */
  #want(lane: Lane): void {
    if (!this.#mayTry(lane)) this.#resting.add(lane);
    else if (lane.headInMemory?.media === 'wanted') this.#waitForFile(lane);
    else if (lane.history !== null || this.#parts.gate.isClosed) this.#retries.add(lane);
    else this.#ready.add(lane);
  }

  /** While the gate is closed only the lanes with the oldest heads go on by themselves. */
  #mayTry(lane: Lane): boolean {
    if (!this.#parts.gate.isClosed || this.#keepers.has(lane)) return true;
    const youngest = this.#keepers.admit(lane);
    if (youngest !== null && youngest !== lane && !youngest.isInTurn) {
      this.#leavePlace(youngest);
      this.#resting.add(youngest);
    }
    return youngest !== lane;
  }

  #waitUntilDue(lane: Lane): void {
    const { clock, wakeUps } = this.#parts.context;
    const ms = lane.dueAt - clock.monotonic();
    if (ms <= 0) return this.#want(lane);
    lane.cancelWait = wakeUps.after(ms, () => {
      lane.cancelWait = null;
      const isOneOfMany = lane.history !== null && !this.#keepers.has(lane);
      if (isOneOfMany && this.#stored.hasLanes) void this.#giveAway(lane);
      else this.#want(lane);
      this.#parts.onProgress();
    });
  }

  /** Without a place among those that have their turn. */
  #waitForFile(lane: Lane): void {
    const head = lane.headInMemory;
    if (head === undefined) return this.#want(lane);
    this.#awaiting.set(lane, head);
    lane.cancelWait = this.#parts.context.media.wait(head, () => {
      this.#awaiting.delete(lane);
      lane.cancelWait = null;
      // The store knows its body now, or that it is wanted no more.
      lane.unload();
      this.#want(lane);
      this.#parts.onProgress();
    });
    this.fetch();
  }

  #leavePlace(lane: Lane): void {
    lane.cancelWait?.();
    lane.cancelWait = null;
    this.#awaiting.delete(lane);
    this.#ready.delete(lane);
    this.#retries.delete(lane);
    this.#resting.delete(lane);
  }

  /** Leaves a lane to the store. */
  async #giveAway(lane: Lane): Promise<void> {
    this.#leavePlace(lane);
    this.#keepers.delete(lane);
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
      this.#waitUntilDue(lane);
    });
    this.pump();
  }

  #remove(lane: Lane): void {
    this.#leavePlace(lane);
    this.#lanes.delete(lane.number);
    this.#keepers.delete(lane);
    // When a good part is free: the store is asked rarely, and the lanes that were given away come round.
    if (this.#room >= (this.#room + this.#lanes.size - this.#keepers.size) / 2) this.fetch();
  }
}
