import type { Clock } from '../clock.ts';
import { Pace } from './pace.ts';

/** Each counted in what attempts take: one place, or the bytes of a body. */
export interface PlaceLimits {
  /** Attempts at the same time: to one host, and in all. */
  readonly perHost: number;
  readonly inAll: number;
  /** The same for attempts after a silence, which have places of their own: those who hang take none from the others. */
  readonly failingPerHost: number;
  readonly failingInAll: number;
  /** Attempts that may begin per second at one host, of both kinds; 0: no limit. */
  readonly hostPerSecond: number;
  /**
   * Of them, those after a silence, while the host has not answered since: thousands of webhooks on one dead host must
   * let it come up.
   */
  readonly failingHostPerSecond: number;
}

export interface Place {
  /** It turns out to take more than was said: that counts at once, and others wait for it to leave. */
  grow(size: number): void;
  /** Gives the place back, or steps back from the queue. Once. `host`: what it did, if it was asked. */
  leave(host?: 'answered' | 'silent'): void;
}

/**
 * Who may make an attempt now. A host is a name or address with its port, whoever's webhooks lead there. Nobody is
 * asked again and again: a place that becomes free, or a time that comes, lets the next one start.
 */
export class Places {
  readonly #clock: Clock;
  readonly #limits: PlaceLimits;
  readonly #hosts = new Map<string, Host>();
  #hostsMax = hostsAtFirst;
  readonly #healthy: Budget;
  readonly #failing: Budget;

  constructor(clock: Clock, limits: PlaceLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#healthy = { taken: 0, max: limits.inAll, next: new Set(), isAdmitting: false };
    this.#failing = { taken: 0, max: limits.failingInAll, next: new Set(), isAdmitting: false };
  }

  /**
   * Calls `start` once there is a place, perhaps at once; in the order of the calls for the same host. `size`: what it
   * takes; more than there is in all, or at one host, it gets when nobody else has any.
   */
  enter(name: string, isFailing: boolean, start: () => void, size = 1): Place {
    const host = this.#host(name);
    const line = isFailing ? host.failing : host.healthy;
    const one: Waiting = { start, size, is: 'waiting' };
    const leave: Place['leave'] = (did) => {
      if (did !== undefined) this.#hear(host, did);
      this.#leave(one, line);
    };
    if (mayStartAtOnce(line, size)) this.#start(one, line);
    else {
      line.queue.add(one);
      this.#offer(line);
      this.#admit(line.budget);
    }
    return { leave, grow: (size) => grow(one, line, size) };
  }

  /** Whether `enter` would call back at once. */
  isFree(name: string, isFailing: boolean, size = 1): boolean {
    const host = this.#host(name);
    return mayStartAtOnce(isFailing ? host.failing : host.healthy, size);
  }

  /** A host that answers has come up: those who wait for its sake need not any more. */
  #hear(host: Host, did: 'answered' | 'silent'): void {
    const wasSilent = host.isSilent;
    host.isSilent = did === 'silent';
    if (!wasSilent || host.isSilent) return;
    const line = host.failing;
    line.cancelWait?.();
    line.cancelWait = null;
    line.turnAt = null;
    this.#offer(line);
    this.#admit(line.budget);
  }

  #leave(one: Waiting, line: Line): void {
    const before = one.is;
    one.is = 'gone';
    if (before === 'gone') return;
    if (before === 'waiting') line.queue.delete(one);
    else {
      line.taken -= one.size;
      line.budget.taken -= one.size;
    }
    // Also when it only waited: behind it may be one that is smaller.
    this.#offer(line);
    this.#admit(line.budget);
  }

  /** Puts a line among those whose first may start, or has it wait for its time. */
  #offer(line: Line): void {
    const [first] = line.queue;
    if (first === undefined || !fits(first.size, line) || line.cancelWait !== null) return;
    const now = this.#clock.monotonic();
    line.turnAt ??= Math.max(now, ...pacesNow(line).map((pace) => pace.take(now)));
    if (line.turnAt <= now) {
      line.budget.next.add(line);
      return;
    }
    line.cancelWait = this.#clock.after(line.turnAt - now, () => {
      line.cancelWait = null;
      // A timer may be a little early.
      line.turnAt = this.#clock.monotonic();
      this.#offer(line);
      this.#admit(line.budget);
    });
  }

  /** Lets start who may, one of each line in turn. What starts may leave at once: that begins no round in the round. */
  #admit(budget: Budget): void {
    if (budget.next.size === 0 || budget.isAdmitting) return;
    budget.isAdmitting = true;
    try {
      for (const line of budget.next) {
        const [one] = line.queue;
        const mayStart = one !== undefined && fits(one.size, line);
        if (mayStart && !fits(one.size, budget)) return;
        budget.next.delete(line);
        if (!mayStart) continue;
        line.queue.delete(one);
        this.#start(one, line);
        this.#offer(line);
      }
    } finally {
      budget.isAdmitting = false;
    }
  }

  #start(one: Waiting, line: Line): void {
    line.turnAt = null;
    line.taken += one.size;
    line.budget.taken += one.size;
    one.is = 'inside';
    one.start();
  }

  #host(name: string): Host {
    const known = this.#hosts.get(name);
    if (known) return known;
    if (this.#hosts.size >= this.#hostsMax) this.#forgetUnused();
    const { hostPerSecond, failingHostPerSecond, perHost, failingPerHost } = this.#limits;
    const common = pacesOf(hostPerSecond);
    const whileSilent = [...common, ...pacesOf(failingHostPerSecond)];
    const state = { isSilent: true };
    const host: Host = Object.assign(state, {
      healthy: newLine({ state, budget: this.#healthy, max: perHost, paces: common, whileSilent: common }),
      failing: newLine({ state, budget: this.#failing, max: failingPerHost, paces: common, whileSilent }),
    });
    this.#hosts.set(name, host);
    return host;
  }

  /** A host keeps its pace when nobody is there for a moment, so it is not forgotten at once. */
  #forgetUnused(): void {
    const now = this.#clock.monotonic();
    for (const [name, { healthy, failing }] of this.#hosts) {
      if (isUnused(healthy, now) && isUnused(failing, now)) this.#hosts.delete(name);
    }
    this.#hostsMax = Math.max(hostsAtFirst, 2 * this.#hosts.size);
  }
}

const hostsAtFirst = 1000;

interface HostState {
  /** It has not answered since its last silence, or never. */
  isSilent: boolean;
}

interface Host extends HostState {
  readonly healthy: Line;
  readonly failing: Line;
}

/** Those of one kind for one host. */
interface Line {
  readonly state: HostState;
  readonly budget: Budget;
  readonly max: number;
  readonly paces: readonly Pace[];
  readonly whileSilent: readonly Pace[];
  readonly queue: Set<Waiting>;
  taken: number;
  /** When its first may start, as far as the paces go; null until it was asked for. */
  turnAt: number | null;
  /** Ends the wait for that time; null while it does not wait. */
  cancelWait: (() => void) | null;
}

/** The places of one kind, over all hosts. */
interface Budget {
  readonly max: number;
  taken: number;
  /** Lines whose first may start, in the order of their turns. */
  readonly next: Set<Line>;
  isAdmitting: boolean;
}

interface Waiting {
  readonly start: () => void;
  size: number;
  is: 'waiting' | 'inside' | 'gone';
}

/** Nearly always: nobody waits, and there is no pace to keep. */
function mayStartAtOnce(line: Line, size: number): boolean {
  const { queue, budget } = line;
  const isFree = queue.size === 0 && pacesNow(line).length === 0 && fits(size, line);
  return isFree && fits(size, budget) && budget.next.size === 0;
}

function grow(one: Waiting, line: Line, size: number): void {
  const more = Math.max(0, size - one.size);
  if (one.is !== 'inside') return;
  one.size += more;
  line.taken += more;
  line.budget.taken += more;
}

/** What is larger than all there is goes alone. */
function fits(size: number, { taken, max }: { readonly taken: number; readonly max: number }): boolean {
  return taken === 0 || taken + size <= max;
}

/** None for 0, which is no limit. */
function pacesOf(perSecond: number): Pace[] {
  return perSecond === 0 ? [] : [new Pace(perSecond)];
}

function pacesNow({ state, paces, whileSilent }: Line): readonly Pace[] {
  return state.isSilent ? whileSilent : paces;
}

function newLine(given: Pick<Line, 'state' | 'budget' | 'max' | 'paces' | 'whileSilent'>): Line {
  return { ...given, queue: new Set(), taken: 0, turnAt: null, cancelWait: null };
}

function isUnused({ taken, queue, cancelWait, whileSilent }: Line, now: number): boolean {
  const isRested = whileSilent.every((pace) => pace.isRested(now));
  return taken === 0 && queue.size === 0 && cancelWait === null && isRested;
}
