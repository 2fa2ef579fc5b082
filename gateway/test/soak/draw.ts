import type { DisconnectKind } from '@eazewa/simulator';
import type { Answer } from '../../src/delivery/testing/receiver.ts';
import type { Kill } from '../support/killing-database.ts';
import { drawing } from '../support/drawing.ts';

/** One thing that somebody writes or reads. Numbers and contacts are places in their lists. */
export interface Traffic {
  readonly is: keyof typeof trafficWeights;
  readonly number: number;
  readonly contact: number;
  readonly addressing: 'lid' | 'pn';
  /** Where it happens, if it may be either. */
  readonly isInGroup: boolean;
  /** Whether the number's own phone does it, if it may be either. */
  readonly isOwn: boolean;
  /** Which one of those that there are: from 0, below 1. */
  readonly lot: number;
  /** Until the next. */
  readonly pauseMs: number;
}

/** One thing that goes wrong. It has passed after `lastsMs`; `calmMs` later comes the next. */
export type Fault = { readonly calmMs: number } & (
  | { readonly is: 'kill'; readonly kill: Kill | null; readonly lastsMs: number }
  | { readonly is: 'restart' }
  /** Stopped for a while: WhatsApp keeps what happens. */
  | { readonly is: 'away'; readonly lastsMs: number }
  | { readonly is: 'cut'; readonly number: number; readonly kind: DisconnectKind }
  | { readonly is: 'cut-all' }
  | {
      readonly is: 'stall';
      readonly latencyMs: number;
      readonly isFailing: boolean;
      readonly lastsMs: number;
    }
  | { readonly is: 'silence'; readonly answer: Exclude<Answer, number> | 'refuse'; readonly lastsMs: number }
);

/** How often each fault comes, against the others. */
const faultWeights = { kill: 5, restart: 1, away: 1, cut: 4, 'cut-all': 1, stall: 3, silence: 3 } as const;

const trafficWeights = {
  'contact-writes': 10,
  'handset-writes': 2,
  'program-writes': 3,
  'contact-reads': 1,
  'member-writes': 3,
  'program-writes-to-group': 1,
  'program-sends-image': 1,
  'member-reads': 1,
  'sends-image': 1,
  asks: 1,
  votes: 2,
  reacts: 5,
  edits: 3,
  revokes: 1,
  'deletes-for-me': 1,
  calls: 1,
  'changes-group': 2,
} as const;

/** Ways to lose a connection after which the gateway connects again. One that falls silent takes half a minute to notice. */
const quickCuts: readonly DisconnectKind[] = [
  'unavailable',
  'stream-end',
  'tcp-drop',
  'ws-close',
  'restart',
  'bad-session',
];

const silences = ['refuse', 'hang', 'reset', 'close', 'garbage'] as const;

export interface Sizes {
  readonly numbers: number;
  readonly contacts: number;
  /** Whether the run is long enough for connections that fall silent. */
  readonly isLong: boolean;
}

/** What is written and read, drawn from the seed: the same in the same order each time. */
export function* drawTraffic(seed: number, { numbers, contacts }: Sizes): Generator<Traffic, never> {
  const draw = drawing(seed);
  for (;;) {
    yield {
      is: draw.weighted(trafficWeights),
      number: draw.below(numbers),
      contact: draw.below(contacts),
      addressing: draw.below(2) === 0 ? 'lid' : 'pn',
      isInGroup: draw.below(3) === 0,
      isOwn: draw.below(3) === 0,
      lot: draw.below(1000) / 1000,
      pauseMs: draw.below(40),
    };
  }
}

/** What goes wrong, drawn from the seed in the same way, independent of the traffic. */
export function* drawFaults(seed: number, { numbers, isLong }: Sizes): Generator<Fault, never> {
  const draw = drawing(seed ^ 0x5bd1e995);
  const cuts: readonly DisconnectKind[] = isLong ? [...quickCuts, 'silence'] : quickCuts;
  for (;;) {
    const calmMs = draw.below(800);
    const is = draw.weighted(faultWeights);
    switch (is) {
      case 'kill': {
        const when = draw.one(['before', 'during', 'after'] as const);
        const kill = { when, units: 'any', nth: 1 + draw.below(60) } as const;
        yield { is, calmMs, kill: draw.below(3) === 0 ? null : kill, lastsMs: 1000 };
        break;
      }
      case 'cut':
        yield { is, calmMs, number: draw.below(numbers), kind: draw.one(cuts) };
        break;
      case 'stall': {
        const isFailing = draw.below(2) === 0;
        yield { is, calmMs, isFailing, latencyMs: 20 + draw.below(400), lastsMs: 200 + draw.below(2000) };
        break;
      }
      case 'silence':
        yield { is, calmMs, answer: draw.one(silences), lastsMs: 200 + draw.below(3000) };
        break;
      case 'away':
        yield { is, calmMs, lastsMs: 200 + draw.below(3000) };
        break;
      case 'restart':
      case 'cut-all':
        yield { is, calmMs };
    }
  }
}
