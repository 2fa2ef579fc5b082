import type { DrainParts } from './drain-parts.ts';
import { openRowsOf } from './inbox-rows.ts';
import type { PlanRecorder } from './plan-recorder.ts';
import { understandRow, type PlanParts, type Understood } from './plan-row.ts';
import { planWrites, type PlanFacts, type PlannedWrites } from './planned-writes.ts';

/**
 * A row has up to 50 messages, and each of them changes pages of its own in the store: so many rows are a megabyte of them,
 * and what comes meanwhile waits for the sync of that.
 */
const rowsPerTurn = 2;

/** Rows with messages from before the linking, which are told to nobody: they are taken while nothing else waits. */
export class PastRows {
  readonly #instanceId: number;
  readonly #parts: DrainParts;
  readonly #planParts: PlanParts;
  readonly #recorder: PlanRecorder;
  /** Not taken yet, in wire order. */
  readonly #seqs = new Set<number>();

  constructor(instanceId: number, parts: DrainParts, planParts: PlanParts, recorder: PlanRecorder) {
    this.#instanceId = instanceId;
    this.#parts = parts;
    this.#planParts = planParts;
    this.#recorder = recorder;
  }

  add(seq: number): void {
    this.#seqs.add(seq);
  }

  get isWaiting(): boolean {
    return this.#seqs.size > 0;
  }

  clear(): void {
    this.#seqs.clear();
  }

  #next(): number[] {
    const seqs: number[] = [];
    for (const seq of this.#seqs) if (seqs.push(seq) === rowsPerTurn) break;
    return seqs;
  }

  /**
   * Stores the next rows, the fewer the sooner `isAwaited` says that somebody waits; resolves with whether there are more.
   *
   * @throws StoreFailure
   */
  async take(known: Omit<PlanFacts, 'isHeld'>, isAwaited: () => boolean): Promise<boolean> {
    const seqs = this.#next();
    if (seqs.length === 0) return false;
    const records = await openRowsOf(this.#parts.database, this.#instanceId, seqs);
    const rows: Understood[] = [];
    for (const record of records) {
      rows.push(understandRow(record, known.own, this.#planParts));
      await untilOthersHadTheirTurn();
    }
    await this.#parts.messages.prefetch(rows.flatMap((row) => ('wanted' in row ? row.wanted.messages : [])));
    const plans: PlannedWrites[] = [];
    const facts = { ...known, isHeld: () => false };
    const left = new Set(records.map(({ seq }) => seq));
    for (const row of rows) {
      const { planned } = await planWrites(row, facts, this.#planParts);
      if (planned !== 'wait') plans.push(planned);
      left.delete(row.record.seq);
      await untilOthersHadTheirTurn();
      if (isAwaited()) break;
    }
    await this.#recorder.record(plans);
    for (const seq of seqs) if (!left.has(seq)) this.#seqs.delete(seq);
    return this.#seqs.size > 0;
  }
}

/** To read a row, and to plan it, takes a few milliseconds each: frames and answers of the store come in between. */
function untilOthersHadTheirTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
