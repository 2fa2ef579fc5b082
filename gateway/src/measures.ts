import type { Batch } from './database/group-commit.ts';
import type { FinishedAttempt } from './delivery/attempt-head.ts';
import type { SchedulerState } from './delivery/scheduler.ts';
import { gapKinds } from './inbox/gaps.ts';
import type { InboxMeasures } from './inbox/inbox-measures.ts';
import { inboxKinds } from './inbox/inbox-rows.ts';
import type { InstanceState } from './instances/instance.ts';
import type { Instances } from './instances/instances.ts';
import { mediaOutcomes, type MediaOutcome } from './media/media.ts';
import type { Labels, Metrics, Sample } from './metrics.ts';
import type { Settlement } from './outbox/outbox-store.ts';

/** What the parts of the gateway tell about themselves; each is handed to the part that calls it. */
export interface Measures {
  readonly onBatch: (batch: Batch) => void;
  readonly inbox: Required<InboxMeasures>;
  readonly onResult: (attempt: FinishedAttempt) => void;
  readonly onSettled: (state: Settlement['state'], count: number) => void;
  readonly onReplayed: (count: number) => void;
  readonly onForgotten: (what: string, rows: number) => void;
  readonly onMedia: (outcome: MediaOutcome) => void;
}

/** The metrics that are counted as things happen. */
export function countWhatHappens(metrics: Metrics): Measures {
  const units = metrics.histogram('eazewa_commit_units', 'Units of work in one commit.', unitBounds);
  const seconds = metrics.histogram('eazewa_commit_seconds', 'Seconds that one commit took.', secondBounds);
  const attempts = metrics.counter(
    'eazewa_delivery_attempts_total',
    'Attempts to deliver, by outcome; reason says why there was no response.',
    [],
  );
  const attemptSeconds = metrics.histogram(
    'eazewa_delivery_attempt_seconds',
    'Seconds until the response, or until it was clear that there is none.',
    secondBounds,
  );
  const gapSeconds = metrics.histogram(
    'eazewa_delivery_gap_seconds',
    'Seconds from an attempt without response to the next one of the same delivery: about 3, more for lanes that rest.',
    gapBounds,
  );
  const settled = metrics.counter(
    'eazewa_deliveries_settled_total',
    'Deliveries that ended, by state.',
    labelsOf('state', settledStates),
  );
  const replayed = metrics.counter('eazewa_replayed_deliveries_total', 'Deliveries that replays made.');
  const media = metrics.counter(
    'eazewa_media_fetches_total',
    'Files of messages that were asked for, by what came of it.',
    labelsOf('outcome', mediaOutcomes),
  );
  const forgotten = metrics.counter('eazewa_forgotten_rows_total', 'Old rows that were removed.', []);
  return {
    onBatch(batch) {
      units.observe(batch.units);
      seconds.observe(batch.durationMs / 1000);
    },
    inbox: countInbox(metrics),
    onResult({ result, sinceSilenceMs }) {
      attempts.add({ outcome: result.outcome, reason: 'reason' in result ? result.reason : '' });
      if ('durationMs' in result) attemptSeconds.observe(result.durationMs / 1000);
      if (sinceSilenceMs !== null) gapSeconds.observe(sinceSilenceMs / 1000);
    },
    onSettled: (state, count) => settled.add({ state }, count),
    onReplayed: (count) => replayed.add({}, count),
    onForgotten: (what, count) => forgotten.add({ what }, count),
    onMedia: (outcome) => media.add({ outcome }),
  };
}

function countInbox(metrics: Metrics): Required<InboxMeasures> {
  const rows = metrics.counter(
    'eazewa_inbox_rows_total',
    'Inbox rows that became events or ended without, by kind.',
    labelsOf('kind', inboxKinds),
  );
  const parked = metrics.counter(
    'eazewa_inbox_parked_total',
    'Inbox rows that nothing could be made of, by the first word of the reason.',
    [],
  );
  const unreadable = metrics.counter(
    'eazewa_unreadable_messages_total',
    'Messages that came without their content: waiting counts each once, resolved and lost what became of them.',
    labelsOf('state', ['waiting', 'resolved', 'lost']),
  );
  const gaps = metrics.counter(
    'eazewa_gaps_total',
    'Times that WhatsApp announced more than it delivered, by kind.',
    labelsOf('kind', gapKinds),
  );
  const late = metrics.counter(
    'eazewa_late_messages_total',
    'Messages that were told by the own phone, because they had not come.',
  );
  return {
    onTaken: (kind) => rows.add({ kind }),
    onParked: (note) => parked.add({ reason: firstWord(note) }),
    onPlaceholder: (state) => unreadable.add({ state }),
    onGap: (kind) => gaps.add({ kind }),
    onLate: (count) => late.add({}, count),
  };
}

export interface Readings {
  readonly instances: Pick<Instances, 'list'>;
  /** Waiting deliveries, at most `waitingMax`. */
  readonly countWaiting: (max: number) => Promise<number>;
  readonly scheduler: () => SchedulerState;
  readonly webhooksAtQuota: () => number;
}

/** More are not counted: what a question costs must not grow with the backlog. */
const waitingMax = 100_000;

/** The metrics that are read when they are asked for. */
export function readWhatIs(metrics: Metrics, readings: Readings): void {
  const { instances, countWaiting, scheduler, webhooksAtQuota } = readings;
  metrics.reading('eazewa_instances', 'gauge', 'Instances by state.', async () =>
    byState((await instances.list()).map(({ state }) => state)),
  );
  metrics.reading(
    'eazewa_deliveries_waiting',
    'gauge',
    `Deliveries that webhooks are owed; ${waitingMax} stands for that many or more.`,
    () => countWaiting(waitingMax),
  );
  metrics.reading(
    'eazewa_webhooks_away',
    'gauge',
    'Webhooks that do not answer and are owed something.',
    () => scheduler().closedGates,
  );
  metrics.reading(
    'eazewa_lanes_resting',
    'gauge',
    'Chats that wait for such a webhook to answer again, as far as memory knows of them.',
    () => scheduler().restingLanes,
  );
  metrics.reading(
    'eazewa_lanes_for_room',
    'gauge',
    'Chats whose next request is larger than 64 KiB and waits until others of that kind have ended.',
    () => scheduler().lanesForRoom,
  );
  metrics.reading(
    'eazewa_webhooks_at_quota',
    'gauge',
    'Webhooks for which as much waits as their quota allows.',
    webhooksAtQuota,
  );
  metrics.reading('process_cpu_seconds_total', 'counter', 'CPU time of all threads.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  metrics.reading('process_resident_memory_bytes', 'gauge', 'Resident memory.', () =>
    process.memoryUsage.rss(),
  );
  metrics.reading(
    'nodejs_heap_size_used_bytes',
    'gauge',
    'JavaScript objects of the main thread.',
    () => process.memoryUsage().heapUsed,
  );
  metrics.reading(
    'nodejs_eventloop_active_seconds_total',
    'counter',
    'Time in which the main thread did not wait for work; a rate near 1 means that it is too busy.',
    () => performance.eventLoopUtilization().active / 1000,
  );
  const startedAt = Date.now() / 1000 - process.uptime();
  metrics.reading('process_start_time_seconds', 'gauge', 'When the process started.', () => startedAt);
}

const unitBounds = [1, 2, 5, 10, 20, 50, 100, 200, 500];
const secondBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const gapBounds = [2.5, 4, 6, 10, 30, 60, 300, 1800, 3600];
const settledStates: readonly Settlement['state'][] = ['delivered', 'rejected', 'dropped', 'parked'];

function labelsOf(name: string, values: readonly string[]): Labels[] {
  return values.map((value) => ({ [name]: value }));
}

function byState(states: readonly InstanceState[]): Sample[] {
  const counts: Record<InstanceState, number> = {
    booting: 0,
    loading_screen: 0,
    qr: 0,
    authenticated: 0,
    ready: 0,
    auth_failure: 0,
    disconnected: 0,
  };
  for (const state of states) counts[state]++;
  return Object.entries(counts).map(([state, value]) => ({ labels: { state }, value }));
}

/** A note may quote what a peer sent; its first word is ours, or that of an error. */
function firstWord(note: string): string {
  return /^[a-z]+/i.exec(note)?.[0].toLowerCase() ?? 'other';
}
