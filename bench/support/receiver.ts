import { startChild } from './child.ts';
import type { ReceiverOptions, ReceiverVerbs } from './receiver-process.ts';

export interface CountingReceiver {
  readonly url: string;
  /** How many requests came so far, and how many of them not right after the one before in their lane. */
  counts(): Promise<{ requests: number; outOfOrder: number }>;
  /** Milliseconds from recording to receipt, of the events since the last call. */
  latencies(): Promise<number[]>;
  close(): Promise<void>;
}

/** Starts a receiver in a process of its own. */
export async function startCountingReceiver({
  isTls = false,
  port: wanted = 0,
  answerAfterMs = 0,
}: Partial<ReceiverOptions> = {}): Promise<CountingReceiver> {
  const child = startChild<ReceiverVerbs>('./receiver-process.ts');
  const port = await child.ask('start', { isTls, port: wanted, answerAfterMs });
  const origin = isTls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
  return {
    url: `${origin}/webhooks/whatsapp/ETBu4KVOMXT2KCL1t9SGRIJ7Ra8zEPFM60QINdAp3GjD5Bw`,
    counts: () => child.ask('counts', undefined),
    latencies: () => child.ask('latencies', undefined),
    close: () => child.stop(),
  };
}
