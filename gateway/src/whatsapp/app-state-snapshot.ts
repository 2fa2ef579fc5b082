import { decodeSyncdMutations, newLTHashState, type LTHashState, type proto } from 'baileys';
import type { AppStateChange } from '../events/translation.ts';

export type FindKey = (keyId: string) => Promise<proto.Message.IAppStateSyncKeyData | null | undefined>;

/**
 * What a snapshot sets that was not set so before, as changes; without what was done before `since` (milliseconds since
 * 1970, by the clock of the device that did it). What was taken away cannot be told: only a MAC of it is known.
 *
 * @throws Error when a key is missing.
 */
export async function changesInSnapshot(
  collection: string,
  { version, records }: proto.SyncdSnapshot,
  {
    before,
    since,
    findKey,
  }: { readonly before: LTHashState | undefined; readonly since: number; readonly findKey: FindKey },
): Promise<AppStateChange[]> {
  const changes: AppStateChange[] = [];
  await decodeSyncdMutations(
    records.filter((record) => !isKnown(record, before)),
    newLTHashState(),
    findKey,
    ({ index, syncAction }) => {
      if (Number(syncAction.value?.timestamp ?? 0) < since) return;
      changes.push({
        collection,
        version: Number(version?.version ?? 0),
        index: (index as unknown[]).map(String),
        operation: 'set',
      });
    },
    false,
  );
  return changes;
}

/** Baileys keeps the MAC of each value, which stands at its end, by the MAC of its index. */
function isKnown({ index, value }: proto.ISyncdRecord, before: LTHashState | undefined): boolean {
  const known = before?.indexValueMap[Buffer.from(index?.blob ?? []).toString('base64')]?.valueMac;
  return known !== undefined && Buffer.from(known).equals(Buffer.from(value?.blob ?? []).subarray(-32));
}
