import type { GapKind } from './gaps.ts';
import type { InboxKind } from './inbox-rows.ts';
import type { PlaceholderState } from './placeholders.ts';

/** What the inboxes tell about themselves, for those who count. */
export interface InboxMeasures {
  /** A row was taken, and that is written. */
  readonly onTaken?: (kind: InboxKind) => void;
  /** A row is parked, for this reason. */
  readonly onParked?: (note: string) => void;
  /** A message came without its content, or what became of it. */
  readonly onPlaceholder?: (state: PlaceholderState) => void;
  /** WhatsApp announced more than it delivered. */
  readonly onGap?: (kind: GapKind) => void;
  /** So many messages were told that should have come earlier. */
  readonly onLate?: (count: number) => void;
}
