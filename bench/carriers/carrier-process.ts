import { setDefaultCACertificates } from 'node:tls';
import { authority } from '@eazewa/gateway/delivery/testing/certificates';
import { answer } from '../support/child.ts';
import { measure, type Round } from '../support/measure.ts';
import { openCarrier, type Carrier, type CarrierOptions } from './carrier.ts';
import { eventsOf, type Load, type LoadEvent } from './load.ts';

let carrier: Carrier | undefined;
let load: Load = { instances: 1, chatsPerInstance: 1, outstanding: 1 };
let next: () => LoadEvent = () => {
  throw new Error('open it first');
};

const verbs = {
  async open(options: CarrierOptions) {
    if (options.url.startsWith('https:')) setDefaultCACertificates([authority]);
    carrier = await openCarrier(options);
    ({ load } = options);
    next = eventsOf(load);
  },
  /** As many events as may be outstanding are under way at any time. */
  flood: ({ ms }: { readonly ms: number }): Promise<Round> =>
    measure(
      ms,
      Array.from({ length: load.outstanding }, () => one),
    ),
  /** Events come at their times, whatever becomes of them. */
  async pace({ ms, perS }: { readonly ms: number; readonly perS: number }): Promise<void> {
    const start = performance.now();
    const all: Promise<void>[] = [];
    for (let passed = 0; passed < ms; passed = performance.now() - start) {
      while (all.length < (Math.min(passed, ms) / 1000) * perS) all.push(one());
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(all);
  },
  rssMb: (): number => process.memoryUsage().rss / 1e6,
  close: async () => carrier?.close(),
};

export type CarrierVerbs = typeof verbs;

function one(): Promise<void> {
  return carrier?.deliver(next()) ?? Promise.resolve();
}

answer(verbs);
