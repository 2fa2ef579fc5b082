import type { MediaLinkData } from '@eazewa/sdk/events';
import type { Clock } from '../clock.ts';
import { DataError, type Database, type Row, StoreFailure } from '../database/database.ts';
import type { Statement } from '../database/sql.ts';
import type { Own } from '../events/translation.ts';
import type { EventIds } from '../ids.ts';
import type { Log } from '../log.ts';
import { settleOutgoing } from '../messages/outgoing-store.ts';
import type { ServerAnswer } from '../messages/server-answer.ts';
import type { Delivery } from '../outbox/outbox-store.ts';
import {
  findIdentities,
  newDeliveries,
  prepareEvent,
  refusals,
  type PreparedEvent,
} from '../outbox/record-event.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { recoverMessages } from './gaps.ts';
import { withMediaLink } from './media-link.ts';
import type { InboxMeasures } from './inbox-measures.ts';
import { deleteRow, endRow, openRow, openRows, type InboxRecord } from './inbox-rows.ts';
import { keepGroups } from './keep-groups.ts';
import { putPlaceholder, resolvePlaceholder } from './placeholders.ts';
import {
  parkedPlan,
  planRow,
  understandRow,
  type PlanParts,
  type RowPlan,
  type Understood,
} from './plan-row.ts';

export interface DrainParts extends Omit<PlanParts, 'write'>, InboxMeasures {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly own: () => Own;
  /** The webhooks of the instance as they are now. */
  readonly webhooks: () => readonly Webhook[];
  readonly eventIds: EventIds;
  /** Called when events were committed, or may have been, whether a webhook wants them or not. */
  readonly onEvents: () => void;
  /** A link to the file of a message, by its `_serialized` id; null when nobody knows under which address. */
  readonly mediaLink?: (messageId: string) => MediaLinkData | null;
  /** Whether a webhook's quota takes no more. */
  readonly isFull?: (webhookId: number) => boolean;
  /** Called with the webhooks that were full, one for each delivery that was recorded as dropped. */
  readonly onRefused?: (webhookIds: readonly number[]) => void;
  /** Called with the deliveries that a commit made, in the order of their lanes. */
  readonly onDeliveries: (deliveries: readonly Delivery[]) => void;
  /** Called when a commit failed and nobody knows whether the store has it. */
  readonly onUncertain: () => void;
  /** Called when WhatsApp's answer to a message of ours is recorded. */
  readonly onAnswer: (answer: ServerAnswer) => void;
}

interface PlannedWrites {
  readonly plan: RowPlan;
  /** Of its events. */
  readonly identities: readonly string[];
  readonly messages: readonly Statement[];
}

interface PreparedWrites extends Pick<PlannedWrites, 'plan' | 'messages'> {
  readonly prepared: readonly PreparedEvent[];
}

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
 */
export class Drain {
  readonly #parts: DrainParts;
  readonly #planParts: PlanParts;
  #cursor = 0;
  /** Lanes that wait, with the number of their oldest waiting row. */
  readonly #held = new Map<number, number>();
  /** Rows of the past that are not taken yet, in wire order: they are taken one by one while nothing else waits. */
  readonly #past = new Set<number>();
  #offlineSyncEnded = false;
  /** The next pass looks at all rows, not only at those after the last. */
  #isFromStart = false;
  #isKicked = false;
  #running: Promise<void> | null = null;
  #isStopped = false;
  /** A commit failed, and nobody knows whether its events are there: told when the store answers again. */
  #isUncertain = false;
  /** A row was parked after memory had taken in what it says: it would seem to be told when it is tried again. */
  #isMemoryWrong = false;
  /** Ends the pause after a long pass; null when there is none. */
  #endPause: (() => void) | null = null;

  constructor(instanceId: number, parts: DrainParts) {
    this.#parts = parts;
    this.instanceId = instanceId;
    this.#planParts = {
      ...parts,
      // Lost in a store failure it is only learned again: the memory of it is dropped then.
      write: (statements) => void parts.database.commit(statements).catch(() => parts.addresses.forget()),
    };
  }

  readonly instanceId: number;

  /** There may be rows to take. Cheap; call it after every commit that decided one. */
  kick(): void {
    this.#isKicked = true;
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
    while (this.#isKicked && !this.#isStopped && this.#endPause === null) {
      this.#isKicked = false;
      try {
        const startedAt = this.#parts.clock.monotonic();
        await this.#drainAll();
        this.#becomeCertain();
        if (this.#held.size > 0) this.#pauseAfter(this.#parts.clock.monotonic() - startedAt);
        // Whatever came meanwhile goes first.
        if (!this.#isKicked && (await this.#takePast())) this.#isKicked = true;
      } catch (error) {
        this.#startOver(error);
        break;
      }
    }
    this.#running = null;
    if (this.#isKicked && !this.#isStopped) this.kick();
  }

  /** Stores one row of the past; resolves with whether there are more. @throws StoreFailure */
  async #takePast(): Promise<boolean> {
    const [seq] = this.#past;
    if (seq === undefined) return false;
    const record = await openRow(this.#parts.database, this.instanceId, seq);
    const own = this.#parts.own();
    if (record !== undefined) {
      const row = understandRow(record, own, this.#planParts);
      await this.#parts.messages.prefetch('wanted' in row ? row.wanted.messages : []);
      const { planned } = await this.#plan(row, own, () => false);
      if (planned !== 'wait') await this.#record([planned]);
    }
    this.#past.delete(seq);
    return this.#past.size > 0;
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
      if (records.length < rowsPerPage) return;
    }
  }

  async #drainPage(records: readonly InboxRecord[]): Promise<void> {
    const own = this.#parts.own();
    for (const { kind, seq } of records) if (kind === 'past') this.#past.add(seq);
    const present = records.filter(({ kind }) => kind !== 'past');
    const rows = present.map((record) => understandRow(record, own, this.#planParts));
    await this.#parts.messages.prefetch(rows.flatMap((row) => ('wanted' in row ? row.wanted.messages : [])));
    let plans: PlannedWrites[] = [];
    let changes = 0;
    const isHeld = (lane: number) => this.#held.has(lane);
    for (const row of rows) {
      const { lane, planned } = await this.#plan(row, own, isHeld);
      if (planned !== 'wait') plans.push(planned);
      else if (!this.#held.has(lane)) this.#held.set(lane, row.record.seq);
      if (planned !== 'wait') changes += planned.plan.messages.length + planned.plan.confirmations.length;
      if (changes < changesAtOnce) continue;
      await this.#record(plans);
      [plans, changes] = [[], 0];
    }
    await this.#record(plans);
    this.#cursor = records.at(-1)?.seq ?? this.#cursor;
  }

  /** What to write for one row. A row that cannot be planned, through whatever mistake, is parked. @throws StoreFailure */
  async #plan(
    row: Understood,
    own: Own,
    isHeld: (lane: number) => boolean,
  ): Promise<{ readonly lane: number; readonly planned: PlannedWrites | 'wait' }> {
    try {
      const { lane, plan } = await planRow(row, own, this.#offlineSyncEnded, isHeld, this.#planParts);
      if (plan === 'wait') return { lane, planned: 'wait' };
      const identities = plan.drafts.flatMap(({ identity }) => identity ?? []);
      const messages = [...this.#putMessages(plan), ...(await keepGroups(plan, own, this.#parts))];
      return { lane, planned: { plan, identities, messages } };
    } catch (error) {
      if (error instanceof StoreFailure) throw error;
      this.#isMemoryWrong = true;
      return { lane: 0, planned: { plan: parkedPlan(row.record, error), identities: [], messages: [] } };
    }
  }

  /** At once, so that the next row of the page, which may speak of them, finds them. */
  #putMessages({ record, messages, chatId }: RowPlan): Statement[] {
    const store = this.#parts.messages;
    return messages.map((message) =>
      record.kind === 'past' ? store.putPast(chatId ?? 0, message) : store.put(chatId ?? 0, message),
    );
  }

  async #record(plans: readonly PlannedWrites[]): Promise<void> {
    const identities = plans.flatMap((planned) => planned.identities);
    const known = await findIdentities(this.#parts.database, this.instanceId, identities);
    // All of them to their end, also when one fails: what is still on its way must not be planned anew.
    const recorded = await Promise.allSettled(plans.map((planned) => this.#recordOne(planned, known)));
    const failed = recorded.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    if (this.#isMemoryWrong) this.#forgetMemory();
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
    const committed = await database
      .commit(unit)
      .catch((error: unknown) => this.#parkUnwritable(plan, error));
    this.#becomeCertain();
    this.#parts.onTaken?.(plan.record.kind);
    if (prepared.length > 0) onEvents();
    const deliveries = newDeliveries(prepared, committed);
    if (deliveries.length > 0) onDeliveries(deliveries);
    this.#countRefused(committed);
    if (plan.answer !== null) onAnswer(plan.answer);
    this.#countRecovery(plan);
  }

  /** The store has taken something again: what it was still doing when it failed is there by now, or never will be. */
  #becomeCertain(): void {
    if (!this.#isUncertain) return;
    this.#isUncertain = false;
    this.#parts.onUncertain();
    this.#parts.onEvents();
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

  /** One row that the store cannot take must not stop the others. */
  async #parkUnwritable({ record }: RowPlan, error: unknown): Promise<Row[][]> {
    if (!(error instanceof DataError)) throw error;
    this.#isMemoryWrong = true;
    const { database, log, onParked } = this.#parts;
    onParked?.(error.message);
    log.error(
      { instanceId: this.instanceId, seq: record.seq, err: error },
      'An inbox row is parked: the store refuses it.',
    );
    return database.commit([endRow(this.instanceId, record.seq, 'parked', error.message)]);
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
        instanceId: this.instanceId,
        chatId: plan.chatId,
        draft: withMediaLink(draft, (messageId) => mediaLink?.(messageId) ?? null),
        webhooks: webhooks(),
        ...(isFull === undefined ? {} : { isFull }),
        nowMs,
      });
    });
  }

  #settleOf({ answer }: RowPlan, nowMs: number): Statement[] {
    if (answer === null) return [];
    const state = answer.error === null ? 'sent' : 'failed';
    return [settleOutgoing(this.instanceId, answer.messageId, state, answer.error, nowMs)];
  }

  /** What came without its content, what came after all, and what should have come earlier. */
  #recoveryOf({ record, chatId, note, placeholder, resolved, late }: RowPlan, nowMs: number): Statement[] {
    const { instanceId } = this;
    const statements: Statement[] = [];
    if (placeholder !== null && chatId !== null) {
      const { message, chat, sender } = placeholder;
      const { seq, receivedAt } = record;
      const key = { chatId, messageId: message.id, fromMe: message.fromMe };
      statements.push(
        ...putPlaceholder(instanceId, { ...key, seq, chat, sender, reason: note ?? '', receivedAt }),
      );
    }
    if (chatId !== null) {
      for (const { id: messageId, fromMe } of resolved)
        statements.push(...resolvePlaceholder(instanceId, { chatId, messageId, fromMe }, nowMs));
    }
    const found = late - resolved.length;
    if (found > 0) statements.push(...recoverMessages(instanceId, found, nowMs));
    return statements;
  }

  #endOf({ record, isParked, note }: RowPlan): Statement {
    if (isParked) {
      this.#parts.onParked?.(note ?? '');
      this.#parts.log.warn(
        { instanceId: this.instanceId, seq: record.seq },
        `An inbox row is parked: ${note}`,
      );
      return endRow(this.instanceId, record.seq, 'parked', note);
    }
    // Only a message can come again under the hash of its row; the others are told apart by their events.
    return record.kind === 'message'
      ? endRow(this.instanceId, record.seq, 'done', note)
      : deleteRow(this.instanceId, record.seq);
  }

  /** Only while nothing is on its way to the store. */
  #forgetMemory(): void {
    const { addresses, messages, groups, recipients } = this.#parts;
    addresses.forget();
    messages.forget();
    groups.forget();
    recipients.forget();
    this.#isMemoryWrong = false;
  }

  /** The store failed: what is in memory may never have been written. */
  #startOver(error: unknown): void {
    const { log, clock } = this.#parts;
    log.error(
      { instanceId: this.instanceId, err: error },
      'The inbox could not be drained; trying again in a second.',
    );
    this.#forgetMemory();
    this.#parts.onUncertain();
    this.#isUncertain = true;
    this.#cursor = 0;
    this.#held.clear();
    this.#past.clear();
    this.#isKicked = false;
    clock.after(retryAfterMs, () => this.kick());
  }
}
