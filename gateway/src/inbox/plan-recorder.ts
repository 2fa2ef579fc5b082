import { DataError, type Row, StoreFailure } from '../database/database.ts';
import type { Statement } from '../database/sql.ts';
import { settleOutgoing } from '../messages/outgoing-store.ts';
import {
  findIdentities,
  newDeliveries,
  prepareEvent,
  refusals,
  type PreparedEvent,
} from '../outbox/record-event.ts';
import type { MessageRef } from '../events/translation.ts';
import type { DrainParts } from './drain-parts.ts';
import { recoverMessages } from './gaps.ts';
import { deleteRow, endRow, unparkRow } from './inbox-rows.ts';
import { withMediaLink } from './media-link.ts';
import { putPlaceholder, resolvePlaceholder } from './placeholders.ts';
import { parkedPlan, type RowPlan } from './plan-row.ts';
import type { PlannedWrites } from './planned-writes.ts';

interface PreparedWrites extends Pick<PlannedWrites, 'plan' | 'messages'> {
  readonly prepared: readonly PreparedEvent[];
}

/** Of rows that were handed over from memory, and may not be on disk. */
export interface Handing {
  /** Whether they are known not to be stored: then nothing may be recorded of them. */
  readonly areLost?: () => boolean;
  /** Called when what is recorded of them is staged. */
  readonly staged?: () => void;
}

/** Writes what was planned, one unit for each row, and tells who waits for it. */
export class PlanRecorder {
  readonly #instanceId: number;
  readonly #parts: DrainParts;
  /** A commit failed, and nobody knows whether its events are there: told when the store answers again. */
  #isUncertain = false;
  /** A row was parked after memory had taken in what it says: it would seem to be told when it is tried again. */
  #isMemoryWrong = false;

  constructor(instanceId: number, parts: DrainParts) {
    this.#instanceId = instanceId;
    this.#parts = parts;
  }

  /** @throws StoreFailure when the rows are lost, or the store is down: then some of it may be written, and some not. */
  async record(plans: readonly PlannedWrites[], { areLost, staged }: Handing = {}): Promise<void> {
    // Those of new messages are not looked for: the store refuses them in the rare case that it has them.
    const known = await this.#findIdentities(plans.filter(({ plan }) => !plan.isNew));
    if (areLost?.() === true) throw new StoreFailure('The rows could not be stored.');
    // All of them to their end, also when one fails: what is still on its way must not be planned anew.
    const recording = plans.map((planned) => this.#recordOne(planned, known));
    staged?.();
    const recorded = await Promise.allSettled(recording);
    const failed = recorded.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    this.#parts.recipients.written();
    this.#parts.groups.written(plans.flatMap(({ plan }) => plan.groups));
    if (this.#isMemoryWrong || plans.some(({ isMemoryWrong }) => isMemoryWrong)) this.forgetMemory();
  }

  #findIdentities(plans: readonly PlannedWrites[]): Promise<Set<string>> {
    const identities = plans.flatMap((planned) => planned.identities);
    return findIdentities(this.#parts.database, this.#instanceId, identities);
  }

  async #recordOne(planned: PlannedWrites, known: Set<string>): Promise<void> {
    const { database, clock, onEvents, onDeliveries, onAnswer } = this.#parts;
    // Prepared and staged in one tick: the ids of events grow in the order of the commits.
    const { plan, messages, prepared } = this.#prepareOrPark(planned, known);
    const unit = [
      ...prepared.flatMap(({ statements }) => statements),
      ...messages,
      ...this.#settleOf(plan, clock.now()),
      ...this.#recoveryOf(plan, clock.now()),
      this.#endOf(plan),
    ];
    let committed: Row[][];
    try {
      committed = await database.commit(unit);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      if (plan.isNew && (await this.#recordKnown(planned))) return;
      committed = await this.#parkUnwritable(plan, error);
    }
    this.becomeCertain();
    this.#parts.onTaken?.(plan.record.kind);
    if (prepared.length > 0) onEvents();
    const deliveries = newDeliveries(prepared, committed);
    if (deliveries.length > 0) onDeliveries(deliveries);
    this.#countRefused(committed);
    if (plan.answer !== null) onAnswer(plan.answer);
    this.#countRecovery(plan);
  }

  /** The store has taken something again: what it was still doing when it failed is there by now, or never will be. */
  becomeCertain(): void {
    if (!this.#isUncertain) return;
    this.#isUncertain = false;
    this.#parts.onUncertain();
    this.#parts.onEvents();
  }

  /** Only while nothing is on its way to the store. */
  forgetMemory(): void {
    const { addresses, messages, groups, recipients } = this.#parts;
    addresses.forget();
    messages.forget();
    groups.forget();
    recipients.forget();
    this.#isMemoryWrong = false;
  }

  /** A commit failed, and its events may be there or not. */
  becomeUncertain(): void {
    this.#parts.onUncertain();
    this.#isUncertain = true;
  }

  #countRefused(committed: readonly Row[][]): void {
    const refused = this.#parts.onRefused === undefined ? [] : refusals(committed);
    if (refused.length > 0) this.#parts.onRefused?.(refused);
  }

  #countRecovery({ placeholder, resolved, late }: RowPlan): void {
    const { onPlaceholder, onLate } = this.#parts;
    if (placeholder !== null) onPlaceholder?.('waiting');
    resolved.forEach(() => onPlaceholder?.('resolved'));
    if (late > 0) onLate?.(late);
  }

  /** A message that seemed to be new, and whose events have been recorded before. Resolves with whether it is one. */
  async #recordKnown(planned: PlannedWrites): Promise<boolean> {
    const known = await this.#findIdentities([planned]);
    if (known.size === 0) return false;
    await this.#recordOne({ ...planned, plan: { ...planned.plan, isNew: false } }, known);
    return true;
  }

  /** One row that the store cannot take must not stop the others. */
  async #parkUnwritable({ record }: RowPlan, error: DataError): Promise<Row[][]> {
    this.#isMemoryWrong = true;
    const { database, log, onParked } = this.#parts;
    onParked?.(error.message);
    log.error(
      { instanceId: this.#instanceId, seq: record.seq, err: error },
      'An inbox row is parked: the store refuses it.',
    );
    return database.commit([endRow(this.#instanceId, record.seq, 'parked', error.message)]);
  }

  #prepareOrPark({ plan, messages }: PlannedWrites, known: Set<string>): PreparedWrites {
    try {
      return { plan, messages, prepared: this.#prepare(plan, known) };
    } catch (error) {
      this.#isMemoryWrong = true;
      return { plan: parkedPlan(plan.record, error), messages: [], prepared: [] };
    }
  }

  #prepare(plan: RowPlan, known: Set<string>): PreparedEvent[] {
    return plan.drafts.flatMap((draft) => {
      if (draft.identity !== null && known.has(draft.identity)) return [];
      if (draft.identity !== null) known.add(draft.identity);
      const { webhooks, clock, eventIds, isFull, mediaLink } = this.#parts;
      const nowMs = clock.now();
      return prepareEvent({
        id: eventIds.next(nowMs),
        instanceId: this.#instanceId,
        chatId: plan.chatId,
        draft: withMediaLink(draft, (message) => mediaLink?.(message) ?? null),
        webhooks: webhooks(),
        ...(isFull === undefined ? {} : { isFull }),
        nowMs,
      });
    });
  }

  #settleOf({ answer }: RowPlan, nowMs: number): Statement[] {
    if (answer === null) return [];
    const state = answer.error === null ? 'sent' : 'failed';
    return [settleOutgoing(this.#instanceId, answer.messageId, state, answer.error, nowMs)];
  }

  /** What came without its content, what came after all, and what should have come earlier. */
  #recoveryOf(plan: RowPlan, nowMs: number): Statement[] {
    const { record, chatId, note, placeholder, resolved, unparked, late } = plan;
    const instanceId = this.#instanceId;
    const statements: Statement[] = unparked.map((seq) => unparkRow(instanceId, seq));
    if (chatId !== null) {
      // Where the message is stored, which is another chat when two have turned out to be one since.
      const keyOf = ({ id, fromMe }: MessageRef) => {
        const stored = plan.messages.find((message) => message.id === id && message.fromMe === fromMe);
        return { chatId: stored?.chatId ?? chatId, messageId: id, fromMe };
      };
      if (placeholder !== null) {
        const { message, chat, sender } = placeholder;
        const { seq, receivedAt } = record;
        statements.push(
          ...putPlaceholder(instanceId, {
            ...keyOf(message),
            seq,
            chat,
            sender,
            reason: note ?? '',
            receivedAt,
          }),
        );
      }
      for (const ref of resolved) statements.push(...resolvePlaceholder(instanceId, keyOf(ref), nowMs));
    }
    const found = late - resolved.length;
    if (found > 0) statements.push(...recoverMessages(instanceId, found, nowMs));
    return statements;
  }

  #endOf({ record, isParked, note }: RowPlan): Statement {
    if (isParked) {
      this.#parts.onParked?.(note ?? '');
      this.#parts.log.warn(
        { instanceId: this.#instanceId, seq: record.seq },
        `An inbox row is parked: ${note}`,
      );
      return endRow(this.#instanceId, record.seq, 'parked', note);
    }
    // Only a message can come again under the hash of its row; the others are told apart by their events.
    return record.kind === 'message'
      ? endRow(this.#instanceId, record.seq, 'done', note)
      : deleteRow(this.#instanceId, record.seq);
  }
}
