import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import type { Backlog } from './backlog.ts';
import type { Backlogs } from './backlogs.ts';
import { originOf, type OperationalEvent } from './operational-events.ts';
import {
  msToNextAge,
  nextLevel,
  quotaUse,
  toldOf,
  type QuotaLevel,
  type Waiting,
} from './quota-decisions.ts';

export interface QuotasParts {
  readonly backlogs: Pick<Backlogs, 'of' | 'ids'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly webhook: (id: number) => Webhook | undefined;
  readonly tell: (event: OperationalEvent) => void;
  /** Asks the store for the oldest that waits, and tells the backlog. */
  readonly findOldest: (webhook: Webhook, backlog: Backlog) => Promise<void>;
  /** Drops the oldest until there is room again; resolves with how many. */
  readonly makeRoom: (webhook: Webhook, backlog: Backlog) => Promise<number>;
}

/** Age goes by the wall clock, which may be set meanwhile: it is looked at once a day at least. */
const wakeUpMaxMs = 24 * 3600 * 1000;
/** After a look at the store, the next one for the same webhook waits so long. */
const restMs = 1000;

interface Standing {
  level: QuotaLevel;
  /** Deliveries that ended without an attempt since the quota was reached. */
  dropped: number;
  /** Something is asked of the store, or was a moment ago. */
  isBusy: boolean;
}

/**
 * Keeps each webhook within its quota: says when it is nearly used and when it is, and then takes no more, or drops the
 * oldest, as the webhook is set. Webhooks never take from each other. A quota holds from the moment on at which what waits
 * has been counted.
 */
export class Quotas {
  readonly #parts: QuotasParts;
  readonly #standings = new Map<number, Standing>();
  #wakeUp: { readonly at: number; readonly cancel: () => void } | null = null;
  #isStopped = false;

  constructor(parts: QuotasParts) {
    this.#parts = parts;
  }

  /** Whether the webhook takes no new delivery now. */
  isFull(webhookId: number): boolean {
    if (this.#standings.get(webhookId)?.level !== 'reached') return false;
    return this.#parts.webhook(webhookId)?.options.quota.whenReached === 'pause';
  }

  /** Webhooks that are at their quota. */
  get reached(): number {
    return [...this.#standings.values()].filter(({ level }) => level === 'reached').length;
  }

  /** New deliveries of these webhooks were recorded as dropped, since they are full. */
  refused(webhookIds: readonly number[]): void {
    for (const webhookId of webhookIds) {
      const standing = this.#standings.get(webhookId);
      if (standing !== undefined) standing.dropped++;
    }
  }

  /** What waits for the webhook, or what it is set to, has changed. */
  changed(webhookId: number): void {
    const { clock, backlogs } = this.#parts;
    const webhook = this.#parts.webhook(webhookId);
    const backlog = backlogs.of(webhookId);
    if (webhook === undefined) this.#standings.delete(webhookId);
    if (webhook === undefined || backlog?.isCounted !== true || this.#isStopped) return;
    const { quota } = webhook.options;
    const { waiting } = backlog;
    const now = clock.now();
    const before = this.#standings.get(webhookId)?.level ?? 'free';
    const use = quotaUse(waiting, quota, now);
    const level = nextLevel(before, use.share);
    // The oldest that is known has ended: only the store knows how old the next one is, where that makes a difference.
    if (backlog.isOldestGone && level !== nextLevel(before, quotaUse(ageless(waiting), quota, now).share)) {
      this.#ask(webhook, () => this.#parts.findOldest(webhook, backlog));
      return;
    }
    if (level !== before) this.#moveTo(webhook, before, level, waiting);
    if (use.share >= 1 && quota.whenReached === 'drop_oldest') {
      this.#makeRoom(webhook, backlog);
      return;
    }
    const ms = msToNextAge(waiting, quota, level, now);
    if (ms !== null) this.#wakeIn(ms);
  }

  stop(): void {
    this.#isStopped = true;
    this.#wakeUp?.cancel();
  }

  #standing(webhookId: number): Standing {
    let standing = this.#standings.get(webhookId);
    if (standing === undefined)
      this.#standings.set(webhookId, (standing = { level: 'free', dropped: 0, isBusy: false }));
    return standing;
  }

  #moveTo(webhook: Webhook, before: QuotaLevel, level: QuotaLevel, waiting: Waiting): void {
    const standing = this.#standing(webhook.id);
    standing.level = level;
    const told = toldOf(before, level);
    if (told !== null) this.#tell(webhook, told, waiting);
    if (before !== 'reached') return;
    const { dropped } = standing;
    standing.dropped = 0;
    this.#parts.log.info({ webhookId: webhook.id, dropped }, 'the webhook is within its quota again');
  }

  #tell(webhook: Webhook, event: 'quota.near' | 'quota.reached', waiting: Waiting): void {
    const { whenReached, ...quota } = webhook.options.quota;
    const { limit } = quotaUse(waiting, webhook.options.quota, this.#parts.clock.now());
    const data = {
      webhookId: webhook.id,
      origin: originOf(webhook.url),
      limit,
      waiting: { ...waiting },
      quota,
      whenReached,
    };
    this.#parts.tell({ event, webhook, data });
  }

  #makeRoom(webhook: Webhook, backlog: Backlog): void {
    this.#ask(webhook, async () => {
      const dropped = await this.#parts.makeRoom(webhook, backlog);
      this.#standing(webhook.id).dropped += dropped;
    });
  }

  /** One question per webhook at a time, and not one after the other without a pause. */
  #ask({ id }: Webhook, question: () => Promise<void>): void {
    const { clock, log } = this.#parts;
    const standing = this.#standing(id);
    if (standing.isBusy) return;
    standing.isBusy = true;
    void question()
      .then(() => this.changed(id))
      .catch((error: unknown) => {
        log.warn(
          { err: error, webhookId: id },
          'the quota of a webhook could not be looked after; trying again',
        );
      })
      .finally(() => {
        clock.after(restMs, () => {
          standing.isBusy = false;
          this.changed(id);
        });
      });
  }

  #wakeIn(ms: number): void {
    const { clock } = this.#parts;
    const waitMs = Math.min(ms, wakeUpMaxMs);
    const at = clock.monotonic() + waitMs;
    if (this.#wakeUp !== null && this.#wakeUp.at <= at) return;
    this.#wakeUp?.cancel();
    const cancel = clock.after(waitMs, () => {
      this.#wakeUp = null;
      for (const webhookId of this.#parts.backlogs.ids()) this.changed(webhookId);
    });
    this.#wakeUp = { at, cancel };
  }
}

function ageless(waiting: Waiting): Waiting {
  return { ...waiting, oldestAt: null };
}
