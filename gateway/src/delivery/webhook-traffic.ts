import { trackOf, type Delivery, type DropSelection } from '../outbox/outbox-store.ts';
import type { FinishedAttempt } from './attempt-head.ts';
import { gapMs, unwantedBy } from './decisions.ts';
import { Gate } from './gate.ts';
import type { LaneContext, LaneLimits } from './lane-parts.ts';
import { Pace } from './pace.ts';
import { UnwantedDeliveries } from './unwanted-deliveries.ts';
import { WebhookLanes } from './webhook-lanes.ts';

export interface TrafficParts {
  readonly webhookId: number;
  readonly context: LaneContext;
  /** Of the live track. */
  readonly limits: LaneLimits;
  /** The webhook has nothing waiting any more. */
  readonly onIdle: () => void;
}

/** What is told once more is never in a hurry. */
const sideLimits: LaneLimits = { lanesAtOnce: 4, keepers: 1, lanesInMemory: 64, lanesWhileClosed: 8 };

/** Everything that is on its way to one webhook: what happens now, and beside it what is told once more, through one gate. */
export class WebhookTraffic {
  readonly #parts: TrafficParts;
  readonly #gate: Gate;
  readonly #live: WebhookLanes;
  readonly #side: WebhookLanes;
  readonly #unwanted: UnwantedDeliveries;
  /** Of the webhook's own rate. */
  #pace: { readonly perSecond: number; readonly of: Pace } | null = null;
  /** When the next attempt may begin by that; null until it was asked for. */
  #turnAt: number | null = null;
  #wait: { readonly at: number; readonly cancel: () => void } | null = null;

  constructor(parts: TrafficParts, hasStored: boolean) {
    const { webhookId, limits, context } = parts;
    this.#parts = parts;
    this.#gate = new Gate(limits.lanesAtOnce);
    const common = {
      webhookId,
      gate: this.#gate,
      context: { ...context, onResult: (attempt: FinishedAttempt) => this.#heard(attempt) },
      isOff: () => context.webhook(webhookId)?.isActive === false,
      onProgress: () => this.pump(),
      returnTurn: () => this.#returnTurn(),
    };
    this.#live = new WebhookLanes(
      { ...common, track: 'live', limits, grantTurn: () => this.#grantTurn() },
      hasStored,
    );
    this.#side = new WebhookLanes(
      {
        ...common,
        track: 'side',
        limits: sideLimits,
        grantTurn: () => !this.#live.hasReady && this.#grantTurn(),
      },
      hasStored,
    );
    const { store, outage, log } = context;
    const selection = () => this.#selection();
    this.#unwanted = new UnwantedDeliveries({
      webhookId,
      store,
      outage,
      log,
      selection,
      onDone: () => this.#leaveIfIdle(),
    });
  }

  get isGateClosed(): boolean {
    return this.#gate.isClosed;
  }

  /** Lanes that wait for the gate to open. */
  get restingLanes(): number {
    return this.#live.restingLanes + this.#side.restingLanes;
  }

  /** Lanes that wait for room for a large body. */
  get lanesForRoom(): number {
    return this.#live.lanesForRoom + this.#side.lanesForRoom;
  }

  get lanesInTurn(): number {
    return this.#live.lanesInTurn + this.#side.lanesInTurn;
  }

  /** Ids of the deliveries that are being attempted. */
  get inFlight(): number[] {
    return [...this.#live.inFlight, ...this.#side.inFlight];
  }

  /** Takes a delivery that has just been recorded. */
  add(delivery: Delivery): void {
    const { context, webhookId } = this.#parts;
    const isOff = context.webhook(webhookId)?.isActive === false;
    if (delivery.media === 'wanted' && !this.#gate.isClosed && !isOff) context.media.prefetch(delivery);
    (trackOf(delivery.lane) === 'live' ? this.#live : this.#side).add(delivery);
  }

  /** Lets go on what can. */
  pump(): void {
    this.#live.pump();
    this.#side.pump();
    this.#leaveIfIdle();
  }

  /** `startShare`, from 0 to 1: this webhook's place among those that are taken up at the start; null later on. */
  fetch(startShare: number | null): void {
    this.#live.fetch(startShare);
    // What happens now comes first, also when thousands of webhooks ask the store at once.
    if (startShare === null) this.#side.fetch();
    else this.#parts.context.wakeUps.after(gapMs * startShare, () => this.#side.fetch());
  }

  /** The store may have deliveries that were never added. */
  lookAgain(): void {
    this.#live.lookAgain();
    this.#side.lookAgain();
  }

  /** Deliveries were ended in the store: what memory holds of them is forgotten. */
  reload(): void {
    this.#live.reload();
    this.#side.reload();
  }

  /** The webhook was changed: what it no longer wants ends now, in memory and in the store. */
  async changed(): Promise<void> {
    const now = this.#parts.context.webhook(this.#parts.webhookId);
    const isGone = !now?.url;
    for (const lanes of [this.#live, this.#side])
      lanes.stopUnwanted((name) => !now?.events.some((event) => event === name), isGone);
    if (now?.isActive === false) this.#switchedOff();
    else if (!isGone) this.fetch(null);
    // Before it looks whether it is idle: until that has ended it is not.
    const dropped = this.#unwanted.drop();
    this.pump();
    await dropped;
    // Nothing is left, which only who looks there knows.
    if (isGone) this.fetch(null);
  }

  #switchedOff(): void {
    this.#live.switchedOff();
    this.#side.switchedOff();
  }

  abortAll(): void {
    this.#live.abortAll();
    this.#side.abortAll();
  }

  async writeHistories(): Promise<void> {
    await Promise.all([this.#live.writeHistories(), this.#side.writeHistories()]);
  }

  async whenQuiet(): Promise<void> {
    await Promise.all([this.#live.whenQuiet(), this.#side.whenQuiet()]);
  }

  #grantTurn(): boolean {
    const { context, webhookId } = this.#parts;
    if (!context.maySend()) return false;
    const webhook = context.webhook(webhookId);
    // What is gone or has no URL goes on, to be dropped.
    if (!webhook?.url) return true;
    if (!webhook.isActive) return false;
    return this.#isInPace(webhook.options.ratePerSecond);
  }

  #isInPace(perSecond: number | null): boolean {
    if (perSecond === null) return true;
    if (this.#pace?.perSecond !== perSecond) {
      this.#pace = { perSecond, of: new Pace(perSecond) };
      this.#turnAt = null;
    }
    const now = this.#parts.context.clock.monotonic();
    this.#turnAt ??= this.#pace.of.take(now);
    const waitMs = this.#turnAt - now;
    if (waitMs <= 0) {
      this.#turnAt = null;
      return true;
    }
    this.#pumpIn(waitMs);
    return false;
  }

  #returnTurn(): void {
    const earlierMs = this.#pace?.of.giveBack() ?? 0;
    if (this.#turnAt !== null) this.#turnAt -= earlierMs;
  }

  /** When the rate allows something, or has forgotten everything: whichever comes first. */
  #pumpIn(ms: number): void {
    const { clock, wakeUps } = this.#parts.context;
    const at = clock.monotonic() + ms;
    if (this.#wait !== null && this.#wait.at <= at) return;
    this.#wait?.cancel();
    const cancel = wakeUps.after(ms, () => {
      this.#wait = null;
      this.pump();
    });
    this.#wait = { at, cancel };
  }

  #heard(attempt: FinishedAttempt): void {
    this.#parts.context.onResult(attempt);
    const { result, delivery } = attempt;
    switch (result.outcome) {
      case 'delivered':
      case 'rejected':
        if (this.#gate.answered()) {
          this.#live.opened();
          this.#side.opened();
        }
        break;
      case 'silence':
        if (this.#gate.silent(delivery.lane, result.reason)) {
          this.#live.closed();
          this.#side.closed();
        }
        break;
      case 'unsent':
      case 'unsendable':
        break;
      default:
        result satisfies never;
    }
  }

  /** Made anew for each call, so that a delivery recorded after a further change is never among them. */
  #selection(): DropSelection {
    const { context, webhookId } = this.#parts;
    return unwantedBy(webhookId, context.webhook(webhookId), this.inFlight, context.clock.now());
  }

  #leaveIfIdle(): void {
    if (!this.#live.isIdle || !this.#side.isIdle || this.#unwanted.isBusy) return;
    // Another in its place would know nothing of what was sent just now.
    const ms = this.#pace === null ? 0 : this.#pace.of.restedAt - this.#parts.context.clock.monotonic();
    if (ms > 0) this.#pumpIn(ms);
    else this.#parts.onIdle();
  }
}
