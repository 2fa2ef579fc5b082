import type { BinaryNode } from 'baileys';
import { gapKinds, type Gap, type GapKind } from '../inbox/gaps.ts';
import { childrenOf } from './message-parts.ts';

type Shortage = Pick<Gap, 'kind' | 'announced' | 'received'>;

/**
 * The replay of what WhatsApp kept while the instance was away: `<ib><offline_preview message="3" ...>` announces it,
 * the stanzas carry an `offline` attribute, `<ib><offline>` ends it. What was announced and did not come is a gap.
 */
export class OfflineReplay {
  readonly #announced = new Map<GapKind, number>();
  readonly #received = new Map<GapKind, number>();

  /** Sees every stanza of the connection. */
  take(stanza: BinaryNode): void {
    if (stanza.tag === 'ib') this.#announce(stanza);
    else if (stanza.attrs['offline'] !== undefined) this.#count(stanza.tag);
  }

  /** How much of what was announced has come, from 0 to 1; null when nothing was announced. */
  get progress(): number | null {
    const announced = sumOf(this.#announced);
    return announced === 0 ? null : Math.min(1, sumOf(this.#received) / announced);
  }

  /** The end has come: of what less came than was announced. */
  shortages(): Shortage[] {
    return [...this.#announced].flatMap(([kind, announced]) => {
      const received = this.#received.get(kind) ?? 0;
      return received < announced ? [{ kind, announced, received }] : [];
    });
  }

  #announce(stanza: BinaryNode): void {
    const preview = childrenOf(stanza).find(({ tag }) => tag === 'offline_preview');
    for (const kind of preview === undefined ? [] : gapKinds) {
      const count = Number(preview?.attrs[kind] ?? 0);
      if (Number.isSafeInteger(count) && count > 0) this.#announced.set(kind, count);
    }
  }

  #count(tag: string): void {
    const kind = gapKinds.find((each) => each === tag);
    if (kind !== undefined) this.#received.set(kind, (this.#received.get(kind) ?? 0) + 1);
  }
}

function sumOf(counts: ReadonlyMap<GapKind, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
