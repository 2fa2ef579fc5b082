import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { SimulatorError } from '@eazewa/simulator';
import type { ReceivedRequest } from '../../src/delivery/testing/receiver.ts';
import type { Arena } from '../support/arena.ts';
import type { Fault } from './draw.ts';

const usualLatencyMs = 2;

/** Makes go wrong what was drawn, one thing after the other, and counts. */
export class Faults {
  readonly counts = { kills: 0, cuts: 0, stalls: 0, silences: 0, restarts: 0, away: 0 };
  /** What went wrong, in the order in which it did, with the milliseconds (`performance.now`) from when to when. */
  readonly list: { readonly what: string; readonly from: number; readonly to: number }[] = [];
  readonly #arena: Arena;

  constructor(arena: Arena) {
    this.#arena = arena;
    arena.receiver.answerWith(usualAnswer);
  }

  /** Resolves when it has passed and the gateway answers calls again; it may still be connecting. */
  async bring(fault: Fault): Promise<void> {
    const from = performance.now();
    await this.#bring(fault);
    this.list.push({ what: JSON.stringify(fault), from, to: performance.now() });
  }

  async #bring(fault: Fault): Promise<void> {
    switch (fault.is) {
      case 'kill':
        return this.#kill(fault);
      case 'restart':
        this.counts.restarts++;
        return this.#restart(0);
      case 'away':
        this.counts.away++;
        return this.#restart(fault.lastsMs);
      case 'cut':
        return this.#cut(fault);
      case 'cut-all':
        this.counts.cuts++;
        return this.#arena.simulator.dropAll();
      case 'stall':
        return this.#stall(fault);
      case 'silence':
        return this.#silence(fault);
    }
  }

  async #kill({ kill, lastsMs }: Extract<Fault, { is: 'kill' }>): Promise<void> {
    const { child } = this.#arena;
    this.counts.kills++;
    await this.#arena.change({ kill });
    // A gateway that has nothing to write at the moment does not meet its point.
    if (kill !== null) await Promise.race([child.gone, setTimeout(lastsMs, undefined, { ref: false })]);
    await this.#arena.kill();
    await this.#arena.start();
  }

  async #restart(awayMs: number): Promise<void> {
    const { child } = this.#arena;
    child.terminate();
    const { signal, output } = await child.gone;
    if (signal !== null) throw new Error(`The gateway did not stop by itself (${signal}).\n${output}`);
    await setTimeout(awayMs);
    await this.#arena.start();
  }

  #cut({ number, kind }: Extract<Fault, { is: 'cut' }>): void {
    const linked = this.#arena.numbers[number];
    try {
      if (linked) this.#arena.simulator.disconnect(linked.phone, kind);
      this.counts.cuts++;
    } catch (error) {
      // It is not connected at the moment: there is nothing to cut.
      if (!(error instanceof SimulatorError)) throw error;
    }
  }

  async #stall({ isFailing, latencyMs, lastsMs }: Extract<Fault, { is: 'stall' }>): Promise<void> {
    this.counts.stalls++;
    await this.#arena.change({ store: { isFailing, latencyMs } });
    await setTimeout(lastsMs);
    await this.#arena.change({ store: { isFailing: false, latencyMs: usualLatencyMs } });
  }

  async #silence({ answer, lastsMs }: Extract<Fault, { is: 'silence' }>): Promise<void> {
    const { receiver } = this.#arena;
    this.counts.silences++;
    if (answer === 'refuse') await receiver.close();
    else receiver.answerWith(() => answer);
    await setTimeout(lastsMs);
    if (answer === 'refuse') await receiver.reopen();
    else receiver.answerWith(usualAnswer);
  }
}

/** One of 25 events is refused, always in the same way. Nobody sends it again for that. */
function usualAnswer({ eventId }: ReceivedRequest): number {
  const lot = createHash('sha256').update(eventId).digest()[0] ?? 0;
  if (lot < 5) return 404;
  return lot < 10 ? 500 : 200;
}
