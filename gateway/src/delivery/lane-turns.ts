import { DataError } from '../outbox/outbox-store.ts';
import { attemptHead, type NextTurn } from './attempt-head.ts';
import { gapMs } from './decisions.ts';
import { Keepers } from './keepers.ts';
import type { WebhookLanesParts } from './lane-parts.ts';
import type { Lane } from './lane.ts';
import { RestingLanes } from './resting-lanes.ts';
import { RoomLine, type RoomWanted } from './room-line.ts';

export interface LaneTurnsParts extends WebhookLanesParts {
  /** Whether lanes wait in the store for a place in memory. */
  readonly hasStored: () => boolean;
  /** Leaves a lane to the store. */
  readonly giveAway: (lane: Lane) => void;
  /** A lane has nothing more to deliver. */
  readonly onEmpty: (lane: Lane) => void;
  /** A lane takes no place in memory for a while. */
  readonly onRoom: () => void;
}

/** Whose turn it is among the lanes in memory, and where each of the others is until then. */
export class LaneTurns {
  readonly #parts: LaneTurnsParts;
  /** In the order of their turns. */
  readonly #ready = new Set<Lane>();
  /** Those whose last attempt had no response, once their gap has passed. */
  readonly #retries = new Set<Lane>();
  readonly #resting: RestingLanes;
  readonly #keepers: Keepers;
  /** Those that wait for the file of their head, or for room for its body, with its event's name. */
  readonly #awaiting = new Map<Lane, string>();
  readonly #forRoom: RoomLine;
  #firstTurns = 0;
  #otherTurns = 0;
  readonly #quiet = new Set<() => void>();

  constructor(parts: LaneTurnsParts) {
    this.#parts = parts;
    const { gate, limits, context, grantTurn } = parts;
    this.#keepers = new Keepers(limits.keepers);
    this.#forRoom = new RoomLine(context.bodyRoom, (lane) => this.#hasRoom(lane));
    this.#resting = new RestingLanes({
      gate,
      wakeUps: context.wakeUps,
      random: context.random,
      grantTurn,
      takeTurn: (lane, leave) => void this.#take(lane, leave),
    });
  }

  /** Whether a lane waits for nothing but a free place. */
  get hasReady(): boolean {
    return this.#ready.size > 0 || this.#retries.size > 0;
  }

  get inTurn(): number {
    return this.#firstTurns + this.#otherTurns + (this.#resting.isProbing ? 1 : 0);
  }

  get resting(): number {
    return this.#resting.size;
  }

  /** Those that rest for the shortest time first. */
  restingLatestFirst(): Lane[] {
    return this.#resting.latestFirst();
  }

  get keepers(): number {
    return this.#keepers.size;
  }

  /** Lanes that wait for the file of their head, or for room for its body. */
  get awaiting(): number {
    return this.#awaiting.size;
  }

  /** Those that have, or wait for, room for a large body, and no turn yet. */
  get forRoom(): number {
    return this.#forRoom.size;
  }

  /** Gives turns to lanes that want one, as many as may have one. */
  pump(): void {
    const { limits, gate, grantTurn } = this.#parts;
    for (const lane of this.#retries) {
      if (this.#otherTurns >= limits.keepers || !grantTurn()) break;
      this.#retries.delete(lane);
      this.#otherTurns++;
      void this.#take(lane, () => this.#otherTurns--);
    }
    for (const lane of this.#ready) {
      if (this.#firstTurns >= Math.min(gate.lanesAllowed, limits.lanesAtOnce) || !grantTurn()) return;
      this.#ready.delete(lane);
      this.#firstTurns++;
      void this.#take(lane, () => this.#firstTurns--);
    }
  }

  /** Puts a lane that is due where it belongs. */
  want(lane: Lane): void {
    if (!this.#mayTry(lane)) this.#resting.add(lane);
    else if (lane.headInMemory?.media === 'wanted') this.#waitForFile(lane);
    else if (lane.history !== null || this.#parts.gate.isClosed) this.#retries.add(lane);
    else this.#ready.add(lane);
  }

  /** The same when the lane is due. */
  waitUntilDue(lane: Lane): void {
    const { context, hasStored, giveAway, onProgress } = this.#parts;
    const ms = lane.dueAt - context.clock.monotonic();
    if (ms <= 0) return this.want(lane);
    lane.cancelWait = context.wakeUps.after(ms, () => {
      lane.cancelWait = null;
      const isOneOfMany = lane.history !== null && !this.#keepers.has(lane);
      if (isOneOfMany && hasStored()) giveAway(lane);
      else this.want(lane);
      onProgress();
    });
  }

  /** The gate has closed: all lanes but those with the oldest heads rest. They come in the order of their heads. */
  closed(lanes: readonly Lane[]): void {
    this.#keepers.clear();
    for (const lane of lanes) {
      this.#leavePlace(lane);
      if (this.#mayTry(lane)) this.waitUntilDue(lane);
      else this.#resting.add(lane);
    }
  }

  /** The gate has opened: each lane goes on when its gap has passed. */
  opened(): void {
    const now = this.#parts.context.clock.monotonic();
    for (const lane of this.#resting.takeAll()) {
      // As for the first time, so that they come back one after the other.
      if (lane.dueAt <= now) this.#ready.add(lane);
      else this.waitUntilDue(lane);
    }
  }

  /** Wakes a lane that waits for something, if that is no longer wanted: past the gate, to be dropped, not sent. */
  wake(lane: Lane, isUnwanted: (eventName: string | undefined) => boolean): void {
    const eventName = lane.history?.eventName ?? this.#awaiting.get(lane);
    const isWaiting = lane.cancelWait !== null || this.#resting.has(lane) || this.#awaiting.has(lane);
    if (!isWaiting || !isUnwanted(eventName)) return;
    this.#leavePlace(lane);
    this.#retries.add(lane);
  }

  /** The webhook is switched off: what room its lanes have is for others. */
  switchedOff(): void {
    for (const lane of this.#forRoom.lanes) {
      this.#leavePlace(lane);
      this.want(lane);
    }
  }

  /** Lets go of a lane, wherever it is; it has no turn. */
  forget(lane: Lane): void {
    this.#leavePlace(lane);
    this.#keepers.delete(lane);
  }

  /** Resolves once no lane has its turn. */
  whenQuiet(): Promise<void> {
    return this.inTurn === 0 ? Promise.resolve() : new Promise((resolve) => this.#quiet.add(resolve));
  }

  async #take(lane: Lane, leave: () => void): Promise<void> {
    const { gate, context } = this.#parts;
    lane.isInTurn = true;
    this.#forRoom.delete(lane);
    const isFailing = lane.history !== null || gate.isClosed;
    const turn = { isFailing, isPlaceWanted: () => this.hasReady };
    const next = await attemptHead(lane, turn, context).catch((error: unknown) => this.#failed(lane, error));
    lane.current = null;
    lane.leaveRoom();
    // One that never goes on keeps its turn.
    lane.isInTurn = next === 'never';
    leave();
    this.#goOn(lane, next);
    if (this.inTurn === 0) this.#quiet.forEach((resolve) => resolve());
    this.#parts.onProgress();
  }

  #goOn(lane: Lane, next: NextTurn | 'never'): void {
    const { gate, context, hasStored, giveAway, onEmpty } = this.#parts;
    if (next === 'never') return;
    if (lane.history === null) this.#keepers.delete(lane);
    else if (!gate.isClosed) this.#keepers.offer(lane);
    if (next === 'media') {
      this.#parts.returnTurn();
      this.#waitForFile(lane);
    } else if (next !== 'soon' && 'roomFor' in next) {
      this.#parts.returnTurn();
      this.#waitForRoom(lane, next.roomFor);
    } else if (next !== 'soon') {
      lane.dueAt = context.clock.monotonic() + next.waitMs;
      if (this.#mayTry(lane)) this.waitUntilDue(lane);
      // It makes room for one from the store, and comes back by the store.
      else if (hasStored()) giveAway(lane);
      else this.#resting.add(lane);
    } else if (lane.hasWork) this.want(lane);
    else onEmpty(lane);
  }

  #failed(lane: Lane, error: unknown): NextTurn | 'never' {
    const { context, webhookId } = this.#parts;
    context.log.error({ err: error, webhookId, lane: lane.number }, 'a lane failed');
    // What cannot be settled would be sent again and again: that lane stays where it is until the next start.
    return error instanceof DataError ? 'never' : { waitMs: gapMs };
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

  /** Without a place among those that have their turn. */
  #waitForFile(lane: Lane): void {
    const { context, onProgress, onRoom } = this.#parts;
    const head = lane.headInMemory;
    if (head === undefined) return this.want(lane);
    this.#awaiting.set(lane, head.eventName);
    lane.cancelWait = context.media.wait(head, () => {
      this.#awaiting.delete(lane);
      lane.cancelWait = null;
      // The store knows its body now, or that it is wanted no more.
      lane.unload();
      this.want(lane);
      onProgress();
    });
    onRoom();
  }

  /** The same for its body. */
  #waitForRoom(lane: Lane, wanted: RoomWanted): void {
    lane.unloadRest();
    this.#awaiting.set(lane, wanted.eventName);
    this.#forRoom.add(lane, wanted);
    this.#parts.onRoom();
  }

  /** It goes before the others, as its room is taken from now on; also if it rested, whose turn has been granted. */
  #hasRoom(lane: Lane): void {
    this.#awaiting.delete(lane);
    putFirst(lane, lane.history !== null || this.#parts.gate.isClosed ? this.#retries : this.#ready);
    this.#parts.onProgress();
  }

  #leavePlace(lane: Lane): void {
    lane.leaveRoom();
    lane.cancelWait?.();
    lane.cancelWait = null;
    this.#forRoom.delete(lane);
    this.#awaiting.delete(lane);
    this.#ready.delete(lane);
    this.#retries.delete(lane);
    this.#resting.delete(lane);
  }
}

function putFirst(lane: Lane, lanes: Set<Lane>): void {
  const others = [...lanes];
  lanes.clear();
  for (const one of [lane, ...others]) lanes.add(one);
}
