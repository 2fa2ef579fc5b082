import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Carrier, CarrierOptions } from './carrier.ts';
import { bodyOf } from './load.ts';
import { createPoster } from './post.ts';
import { Settling } from './settling.ts';

/** Lanes are spread over so many queues; each worker of a queue holds a connection of its own. */
const queuesMax = 64;

/**
 * BullMQ knows no order within a queue of more than one job at a time (groups are for sale), so chats are spread over
 * queues that have a worker with concurrency 1 each.
 */
export async function openBullmq({ url, load, redisPort }: CarrierOptions): Promise<Carrier> {
  const poster = createPoster(url);
  const settling = new Settling();
  const connect = () => new Redis({ port: redisPort ?? 0, maxRetriesPerRequest: null });
  const shared = connect();
  const count = Math.min(queuesMax, load.instances);
  const queues = Array.from({ length: count }, (_, n) => new Queue(`events-${n}`, { connection: shared }));
  const workers = queues.map((queue) => {
    const worker = new Worker<{ readonly body: string; readonly key: string }>(
      queue.name,
      ({ data }) => poster.post(data.body),
      { connection: shared, concurrency: 1, removeOnComplete: { count: 0 } },
    );
    worker.on('completed', ({ data }) => settling.end(data.key));
    return worker;
  });
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  return {
    async deliver(event) {
      const end = settling.wait(event.identity);
      await queues[event.instanceId % count]?.add('event', { body: bodyOf(event), key: event.identity });
      await end;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.close()));
      await Promise.all(queues.map((queue) => queue.close()));
      shared.disconnect();
      await poster.close();
    },
  };
}
