import { PgBoss } from 'pg-boss';
import type { Carrier, CarrierOptions } from './carrier.ts';
import { bodyOf } from './load.ts';
import { createPoster } from './post.ts';
import { Settling } from './settling.ts';

const queue = 'events';
const batchSize = 64;

/**
 * Order by pg-boss's own means: `key_strict_fifo` with the chat as the key. It tells nobody when a job is completed, so
 * its events count as settled when they are posted, a little before.
 */
export async function openPgBoss({ url, postgres = '' }: CarrierOptions): Promise<Carrier> {
  const poster = createPoster(url);
  const settling = new Settling();
  const boss = new PgBoss({ connectionString: postgres, supervise: false, schedule: false, max: 20 });
  boss.on('error', console.error);
  await boss.start();
  await boss.createQueue(queue, { policy: 'key_strict_fifo' });
  for (let worker = 0; worker < 4; worker++) {
    await boss.work<{ body: string; key: string }>(
      queue,
      { batchSize, pollingIntervalSeconds: 0.5 },
      async (jobs) => {
        await Promise.all(jobs.map(({ data }) => poster.post(data.body)));
        for (const { data } of jobs) settling.end(data.key);
      },
    );
  }
  return {
    async deliver(event) {
      const end = settling.wait(event.identity);
      await boss.send(queue, { body: bodyOf(event), key: event.identity }, { singletonKey: event.data.lane });
      await end;
    },
    async close() {
      await boss.stop({ graceful: false });
      await poster.close();
    },
  };
}
