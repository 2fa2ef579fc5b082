import type { MixedVerbs, WebhookGroup } from '../carriers/mixed-process.ts';
import type { Child } from './child.ts';

/** What a scenario is played with: healthy webhooks that answer at once, and others that do not. */
export interface Stage {
  readonly scale: number;
  readonly gateway: Pick<Child<MixedVerbs>, 'ask'>;
  /** The group that the scenario asked for. */
  readonly others: WebhookGroup;
  /** p99 in milliseconds, from recording to receipt, of healthy events at the stage's pace. */
  healthyP99Ms(): Promise<number>;
  /** Ends the process and starts it anew on the same file; resolves with the milliseconds until its lanes are known. */
  restart(): Promise<number>;
  /** What attempts came to during `ms`, and what the process uses at the end. */
  watch(ms: number): Promise<Watched>;
}

/** What happened while one watched. */
export interface Watched {
  readonly seconds: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** The same since the process started. */
  readonly total: Readonly<Record<string, number>>;
  readonly sockets: number;
  readonly cpuShare: number;
  readonly rssMb: number;
}

/** What was measured, in the words of the pass figure. */
export interface Verdict {
  readonly measured: Readonly<Record<string, number>>;
  readonly pass: boolean;
}
