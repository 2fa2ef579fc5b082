import type { DrainParts } from './drain-parts.ts';
import { HandedRows } from './handed-rows.ts';
import { openRows, type InboxRecord } from './inbox-rows.ts';
import { PastRows } from './past-rows.ts';
import type { RowTaker } from './instance-inbox.ts';
import { type Handing, PlanRecorder } from './plan-recorder.ts';
import { understandRow, type PlanParts } from './plan-row.ts';
import { planWrites, type PlannedWrites } from './planned-writes.ts';

const rowsPerPage = 100;
/** So many are surely still in memory while they are not written, with what one more row brings. */
const changesAtOnce = 200;
const retryAfterMs = 1000;

/**
 * Each kick reads the rows that wait anew. Of a large backlog, such as thousands of messages that are decrypted one by
 * one, that takes long, and most of it is read in vain: so a pass that took longer than this is followed by a pause of
 * three times its length, and never more than a quarter of the time goes into it.
 */
const longPassMs = 50;
const pausePerPass = 3;

/**
 * Takes the inbox rows of one instance in wire order and makes them events: one transaction writes the events, their
 * deliveries, what the API reads, and the row's end. It can be killed anywhere and started again. A chat whose oldest
 * row must wait (not decrypted yet, or it speaks of a message that is still to come) holds its own later rows only.
 *
 * The store is the truth. While nothing waits, rows that are handed over from memory spare the reading: they are taken as
 * long as none is missing between them, and before they are on disk, since what is recorded of a row is written after it.
 */
export class Drain implements RowTaker {
  readonly #parts: DrainParts;
  readonly #planParts: PlanParts;
  #cursor = 0;
  /** Lanes that wait, with the number of their oldest waiting row. */
  readonly #held = new Map<number, number>();
  readonly #handed = new HandedRows();
  /** The last of them that was taken. */
  #takenTo = 0;
  /** Ends what is announced to the store, of rows that were handed over. */
  #endAnnouncement: () => void = () => undefined;
  /** How often rows that were handed over turned out not to be stored. */
  #losses = 0;
  readonly #recorder: PlanRecorder;
  readonly #past: PastRows;
  #offlineSyncEnded = false;
  /** The next pass looks at all rows, not only at those after the last. */
  #isFromStart = false;
  #isKicked = false;
  #running: Promise<void> | null = null;
  #isStopped = false;
  /** Ends the pause after a long pass; null when there is none. */
  #endPause: (() => void) | null = null;

  constructor(instanceId: number, parts: DrainParts) {
    this.#parts = parts;
    this.instanceId = instanceId;
    this.#planParts = {
      ...parts,
      // Lost in a store failure it is only learned again: the memory of it is dropped then.
      write: (statements) => void parts.database.commit(statements).catch(() => parts.addresses.forget()),
      beforeCommit: () => this.#endAnnouncement(),
    };
    this.#recorder = new PlanRecorder(instanceId, parts);
    this.#past = new PastRows(instanceId, parts, this.#planParts, this.#recorder);
  }

  readonly instanceId: number;

  /** There may be rows to take. Cheap; call it after every commit that decided one. */
  kick(): void {
    this.#isKicked = true;
    this.#start();
  }

  hand(row: InboxRecord): void {
    this.#handed.add(row);
    if (this.#canTakeHanded) this.#start();
  }

  written({ seq }: InboxRecord): void {
    // It did not follow those before, or it may be what another one waits for.
    if (seq > Math.max(this.#cursor, this.#takenTo) || this.#held.size > 0) this.kick();
  }

  lost(): void {
    this.#handed.clear();
    this.#losses++;
  }

  #start(): void {
    if (this.#isStopped || this.#endPause !== null) return;
    this.#running ??= this.#run();
  }

  /** Whether WhatsApp has replayed what it kept: from then on nothing waits for a message to come. */
  offlineSync(ended: boolean): void {
    this.#offlineSyncEnded = ended;
    if (!ended) return;
    // For a row that was given up, and decided after all when everything after it was taken.
    this.#isFromStart = true;
    this.#endPause?.();
    this.kick();
  }

  /** Rows that had ended wait once more, wherever they stand. */
  lookAgain(): void {
    this.#isFromStart = true;
    this.kick();
  }

  /** Resolves when what there is to take now is taken. Who waits ends a pause. */
  async whenIdle(): Promise<void> {
    this.#endPause?.();
    while (this.#running !== null) {
      await this.#running;
      this.#endPause?.();
    }
  }

  /** Resolves when the page in hand is written. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#endPause?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    // Kicks of the same tick are one.
    await Promise.resolve();
    while (this.#isAwaited && !this.#isStopped && this.#endPause === null) {
      try {
        if (this.#canTakeHanded) await this.#takeHanded();
        if (!this.#isKicked) continue;
        this.#isKicked = false;
        const startedAt = this.#parts.clock.monotonic();
        await this.#drainAll();
        this.#recorder.becomeCertain();
        if (this.#held.size > 0) this.#pauseAfter(this.#parts.clock.monotonic() - startedAt);
        // Whatever came meanwhile goes first.
        if (this.#isAwaited ? this.#past.isWaiting : await this.#takePast()) this.#isKicked = true;
      } catch (error) {
        this.#startOver(error);
        break;
      }
    }
    this.#running = null;
    if (this.#isAwaited) this.#start();
  }

  get #isAwaited(): boolean {
    return this.#isKicked || this.#canTakeHanded;
  }

  /** What waits holds later rows of its chat: which, only the store tells. */
  get #canTakeHanded(): boolean {
    return this.#held.size === 0 && !this.#isFromStart && this.#handed.has(this.#cursor + 1);
  }

  async #takeHanded(): Promise<void> {
    while (this.#canTakeHanded && !this.#isStopped) {
      const losses = this.#losses;
      const records = this.#handed.takeAfter(this.#cursor, rowsPerPage);
      this.#takenTo = records.at(-1)?.seq ?? this.#takenTo;
      // Their events go to the disk with them.
      const staged = this.#parts.database.announce();
      this.#endAnnouncement = staged;
      const areLost = () => this.#losses !== losses;
      await this.#drainPage(records, { areLost, staged }).finally(staged);
    }
  }

  #takePast(): Promise<boolean> {
    const known = { own: this.#parts.own(), offlineSyncEnded: this.#offlineSyncEnded };
    return this.#past.take(known, () => this.#isAwaited);
  }

  #pauseAfter(passMs: number): void {
    if (passMs < longPassMs) return;
    const end = () => {
      cancel();
      this.#endPause = null;
      if (this.#isKicked) this.kick();
    };
    const cancel = this.#parts.clock.after(pausePerPass * passMs, end);
    this.#endPause = end;
  }

  async #drainAll(): Promise<void> {
    // A waiting row may be decided by now; everything after it in its lane is seen again too.
    if (this.#isFromStart) this.#cursor = 0;
    this.#isFromStart = false;
    this.#cursor = Math.min(this.#cursor, ...[...this.#held.values()].map((seq) => seq - 1));
    this.#held.clear();
    for (;;) {
      const { database } = this.#parts;
      const records = await openRows(database, this.instanceId, this.#cursor, rowsPerPage);
      if (records.length === 0 || this.#isStopped) return;
      await this.#drainPage(records);
      this.#handed.dropUpTo(this.#cursor);
      if (records.length < rowsPerPage) return;
    }
  }

  async #drainPage(records: readonly InboxRecord[], handing: Handing = {}): Promise<void> {
    const own = this.#parts.own();
    for (const { kind, seq } of records) if (kind === 'past') this.#past.add(seq);
    const present = records.filter(({ kind }) => kind !== 'past');
    const rows = present.map((record) => understandRow(record, own, this.#planParts));
    await this.#parts.messages.prefetch(rows.flatMap((row) => ('wanted' in row ? row.wanted.messages : [])));
    let plans: PlannedWrites[] = [];
    let changes = 0;
    const isHeld = (lane: number) => this.#held.has(lane);
    const facts = { own, offlineSyncEnded: this.#offlineSyncEnded, isHeld };
    for (const row of rows) {
      const { lane, planned } = await planWrites(row, facts, this.#planParts);
      if (planned !== 'wait') plans.push(planned);
      else if (!this.#held.has(lane)) this.#held.set(lane, row.record.seq);
      if (planned !== 'wait') changes += planned.plan.messages.length + planned.plan.confirmations.length;
      if (changes < changesAtOnce) continue;
      await this.#recorder.record(plans, handing);
      [plans, changes] = [[], 0];
    }
    await this.#recorder.record(plans, handing);
    this.#cursor = records.at(-1)?.seq ?? this.#cursor;
  }

  /** The store failed: what is in memory may never have been written. */
  #startOver(error: unknown): void {
    const { log, clock } = this.#parts;
    log.error(
      { instanceId: this.instanceId, err: error },
      'The inbox could not be drained; trying again in a second.',
    );
    this.#recorder.forgetMemory();
    this.#recorder.becomeUncertain();
    this.#cursor = 0;
    this.#held.clear();
    this.#handed.clear();
    this.#takenTo = 0;
    this.#past.clear();
    this.#isKicked = false;
    clock.after(retryAfterMs, () => this.kick());
  }
}
