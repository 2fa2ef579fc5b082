import type { OutboxStore, Settlement } from './outbox-store.ts';

/** The same store; `onSettled` hears how many deliveries ended in which state, when that is on disk. */
export function countSettled(
  store: OutboxStore,
  onSettled: (state: Settlement['state'], count: number) => void,
): OutboxStore {
  return {
    ...store,
    async settle(settlement, isAwaited) {
      await store.settle(settlement, isAwaited);
      onSettled(settlement.state, 1);
    },
    async drop(selection) {
      const dropped = await store.drop(selection);
      if (dropped.count > 0) onSettled('dropped', dropped.count);
      return dropped;
    },
  };
}
