import { Pauses, type Clock } from '../clock.ts';
import { StoreFailure, type Database } from '../database/database.ts';
import type { Log } from '../log.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { countBeside, makeDeliveries } from './make-deliveries.ts';
import { nextPage } from './replay-page.ts';
import type { Target } from './replay-source.ts';
import { dropOfReplay, endReplay, findReplay, markEnded, webhooksOfReplay } from './replay-store.ts';
import { ReplayWaits } from './replay-waits.ts';
import type { Replay } from './replay.ts';

export interface ReplayParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn' | 'error' | 'info'>;
  /** The webhook as it is now; `undefined` when there is none. */
  readonly webhook: (id: number) => Webhook | undefined;
  /** The store has deliveries of these webhooks that were not there before. */
  readonly onMade: (webhookIds: readonly number[], count: number) => void;
  /** Deliveries of these webhooks were ended in the store: what is in memory of them must not be sent. */
  readonly onDropped: (webhookIds: readonly number[], count: number) => void;
  readonly limits?: Partial<ReplayLimits>;
}

export interface ReplayLimits {
  /** Deliveries that one unit makes. */
  readonly perUnit: number;
  /** Deliveries beside the live ones that wait for a webhook before its replays pause, until half of them have ended. */
  readonly waitingMax: number;
}

const defaultLimits: ReplayLimits = { perUnit: 200, waitingMax: 2000 };

/** After the store failed, it is asked again so often. */
const storePauseMs = 1000;

/** Does what replays need, each by itself. It keeps nothing that the store has not: every step reads the replay anew. */
export class ReplayRunner {
  readonly #parts: ReplayParts;
  readonly #limits: ReplayLimits;
  readonly #waits = new ReplayWaits();
  readonly #runs = new Map<number, Promise<void>>();
  #isStopped = false;
  /** The webhooks of units that failed: when the next step has succeeded they are there, or never will be. */
  readonly #uncertain = new Map<number, readonly number[]>();
  /** Replays of which something was dropped, perhaps, by a unit that failed. */
  readonly #uncertainDrops = new Set<number>();
  readonly #pauses: Pauses;

  constructor(parts: ReplayParts) {
    this.#parts = parts;
    this.#pauses = new Pauses(parts.clock);
    this.#limits = { ...defaultLimits, ...parts.limits };
  }

  /** Goes on with a replay, or has it look again at once; resolves when nothing is to be done for it any more. */
  run(id: number): Promise<void> {
    this.#waits.wakeAll();
    const running = this.#runs.get(id);
    // One that is about to end may not have seen what this call is about.
    return running === undefined
      ? this.#start(id)
      : running.then(() => this.#runs.get(id) ?? this.#start(id));
  }

  /** Deliveries have ended, whichever. */
  ended(count: number): void {
    this.#waits.add(count);
  }

  webhookChanged(): void {
    this.#waits.wakeAll();
  }

  /** Resolves when the units in hand are written. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#waits.wakeAll();
    this.#pauses.endAll();
    await Promise.all(this.#runs.values());
  }

  #start(id: number): Promise<void> {
    const run = this.#runToEnd(id)
      .catch((error: unknown) => {
        this.#parts.log.error({ err: error, replayId: id }, 'A replay failed; it stays where it is.');
      })
      .finally(() => this.#runs.delete(id));
    this.#runs.set(id, run);
    return run;
  }

  async #runToEnd(id: number): Promise<void> {
    for (let isDone = false; !isDone && !this.#isStopped;) {
      try {
        isDone = await this.#step(id);
        const webhookIds = this.#uncertain.get(id);
        this.#uncertain.delete(id);
        if (webhookIds !== undefined) this.#parts.onMade(webhookIds, 0);
      } catch (error) {
        if (!(error instanceof StoreFailure)) throw error;
        this.#parts.log.warn({ err: error, replayId: id }, 'The store failed a replay; trying again.');
        if (!this.#isStopped) await this.#pauses.take(storePauseMs);
      }
    }
  }

  /** Whether nothing is to be done any more. */
  async #step(id: number): Promise<boolean> {
    const { database, clock } = this.#parts;
    const replay = await findReplay(database, id);
    if (replay === undefined || replay.endedAt !== null) return true;
    if (replay.state === 'cancelled') return this.#drop(id);
    const room = await this.#roomFor(replay);
    if (typeof room === 'string') await endReplay(database, id, room, clock.now());
    else if (room > 0) await this.#make(replay, room);
    return false;
  }

  /** How many may be made now, after a wait none; or why none will ever be. */
  async #roomFor({ selection }: Replay): Promise<number | 'webhook_deleted' | 'webhook_cleared'> {
    const { perUnit, waitingMax } = this.#limits;
    // Of ids there are so few that they are made at once.
    if (selection.of === 'ids') return perUnit;
    const mark = this.#waits.mark();
    const webhook = this.#parts.webhook(selection.webhookId);
    if (webhook === undefined) return 'webhook_deleted';
    if (webhook.url === null) return 'webhook_cleared';
    const waiting = await countBeside(this.#parts.database, webhook.id, waitingMax);
    if (waiting < waitingMax) return Math.min(perUnit, waitingMax - waiting);
    if (!this.#isStopped) await this.#waits.until(mark, Math.ceil(waitingMax / 2));
    return 0;
  }

  async #make(replay: Replay, room: number): Promise<void> {
    const { database, clock, onMade, log } = this.#parts;
    const page = await nextPage(database, replay, room, (id) => this.#target(id));
    const made = await makeDeliveries(database, replay, page, clock.now()).catch((error: unknown) => {
      // They may be there all the same.
      onMade(page.webhookIds, 0);
      this.#uncertain.set(replay.id, page.webhookIds);
      throw error;
    });
    if (made !== null && made.webhookIds.length > 0)
      onMade([...new Set(made.webhookIds)], made.webhookIds.length);
    if (made !== null && page.isLast) {
      log.info({ replayId: replay.id, instanceId: replay.instanceId }, 'A replay has made its deliveries.');
    }
  }

  async #drop(id: number): Promise<boolean> {
    const { database, clock, onDropped } = this.#parts;
    const webhookIds = await dropOfReplay(database, id, clock.now()).catch((error: unknown) => {
      this.#uncertainDrops.add(id);
      throw error;
    });
    if (webhookIds.length === 0) {
      if (this.#uncertainDrops.has(id)) onDropped(await webhooksOfReplay(database, id), 0);
      this.#uncertainDrops.delete(id);
      await markEnded(database, id, clock.now());
      return true;
    }
    this.#waits.add(webhookIds.length);
    onDropped([...new Set(webhookIds)], webhookIds.length);
    return false;
  }

  #target(id: number): Target | undefined {
    const webhook = this.#parts.webhook(id);
    return webhook === undefined || webhook.url === null ? undefined : { ...webhook, url: webhook.url };
  }
}
