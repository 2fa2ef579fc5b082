import type { RowTaker } from '../instance-inbox.ts';

/** Leaves the rows where they are. */
export const noDrain: RowTaker = { kick() {}, hand() {}, written() {}, lost() {} };
