import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface CountingReceiver {
  readonly url: string;
  /** How many requests came so far, and how many of them not right after the one before in their lane. */
  counts(): Promise<{ requests: number; outOfOrder: number }>;
  close(): void;
}

/** Starts a receiver in a process of its own. */
export async function startCountingReceiver(): Promise<CountingReceiver> {
  const child = fork(fileURLToPath(new URL('receiver-process.ts', import.meta.url)));
  const { port } = await answerOf(child);
  return {
    url: `http://127.0.0.1:${port}/webhooks/whatsapp/ETBu4KVOMXT2KCL1t9SGRIJ7Ra8zEPFM60QINdAp3GjD5Bw`,
    async counts() {
      child.send('counts');
      const { requests = 0, outOfOrder = 0 } = await answerOf(child);
      return { requests, outOfOrder };
    },
    close: () => child.disconnect(),
  };
}

async function answerOf(child: ReturnType<typeof fork>): Promise<Record<string, number>> {
  const [message]: unknown[] = await once(child, 'message');
  const entries = Object.entries(message ?? {}).map(([key, value]) => [key, Number(value)] as const);
  return Object.fromEntries(entries);
}
