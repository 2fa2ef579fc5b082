import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import type { Carrier, CarrierOptions } from './carrier.ts';
import { bodyOf } from './load.ts';
import { createPoster } from './post.ts';
import { Settling } from './settling.ts';

const atOnce = 24;

/** Order by graphile-worker's own means: a named queue per chat, whose jobs run one after the other. */
export async function openGraphileWorker({ url, postgres = '' }: CarrierOptions): Promise<Carrier> {
  const poster = createPoster(url);
  const settling = new Settling();
  const logger = new Logger(() => () => {});
  const utils = await makeWorkerUtils({ connectionString: postgres, logger, maxPoolSize: 10 });
  await utils.migrate();
  const runner = await run({
    preset: {
      worker: {
        connectionString: postgres,
        concurrentJobs: atOnce,
        maxPoolSize: atOnce + 2,
        // Its means for many small jobs: they are fetched, and written off, in batches.
        localQueue: { size: 4 * atOnce },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
        logger,
      },
    },
    noHandleSignals: true,
    taskList: { event: (payload) => poster.post(partsOf(payload).body) },
  });
  runner.events.on('job:complete', ({ job }) => settling.end(partsOf(job.payload).key));
  return {
    async deliver(event) {
      const end = settling.wait(event.identity);
      const queueName = event.data.lane;
      await utils.addJob('event', { body: bodyOf(event), key: event.identity }, { queueName });
      await end;
    },
    async close() {
      await runner.stop();
      await utils.release();
      await poster.close();
    },
  };
}

function partsOf(payload: unknown): { readonly body: string; readonly key: string } {
  return payload as { readonly body: string; readonly key: string };
}
