import { StoreFailure } from '../database/database.ts';
import type { Statement } from '../database/sql.ts';
import type { Own } from '../events/translation.ts';
import { keepGroups } from './keep-groups.ts';
import { parkedPlan, planRow, type PlanParts, type RowPlan, type Understood } from './plan-row.ts';

/** What is to be written for one row, all but its events. */
export interface PlannedWrites {
  readonly plan: RowPlan;
  /** Of its events. */
  readonly identities: readonly string[];
  readonly messages: readonly Statement[];
  /** It is parked after memory may have taken in what it says. */
  readonly isMemoryWrong?: true;
}

/** What the drain knows beside the row. */
export interface PlanFacts {
  readonly own: Own;
  readonly offlineSyncEnded: boolean;
  readonly isHeld: (lane: number) => boolean;
}

/**
 * What to write for one row, and its lane; `wait` means that the lane must not go past it yet. A row that cannot be planned,
 * through whatever mistake, is parked.
 *
 * @throws StoreFailure when the store is down.
 */
export async function planWrites(
  row: Understood,
  { own, offlineSyncEnded, isHeld }: PlanFacts,
  parts: PlanParts,
): Promise<{ readonly lane: number; readonly planned: PlannedWrites | 'wait' }> {
  try {
    const { lane, plan } = await planRow(row, own, offlineSyncEnded, isHeld, parts);
    if (plan === 'wait') return { lane, planned: 'wait' };
    const identities = plan.drafts.flatMap(({ identity }) => identity ?? []);
    const messages = [...putMessages(plan, parts), ...(await keepGroups(plan, own, parts))];
    return { lane, planned: { plan, identities, messages } };
  } catch (error) {
    if (error instanceof StoreFailure) throw error;
    const plan = parkedPlan(row.record, error);
    return { lane: 0, planned: { plan, identities: [], messages: [], isMemoryWrong: true } };
  }
}

/** At once, so that the next row of the page, which may speak of them, finds them. */
function putMessages({ record, messages, chatId }: RowPlan, { messages: store }: PlanParts): Statement[] {
  return record.kind === 'past'
    ? store.putPast(chatId ?? 0, messages)
    : messages.map((message) => store.put(chatId ?? 0, message));
}
