import type { Stage, Verdict, Watched } from './support/fairness-stage.ts';
import { startCountingReceiver } from './support/receiver.ts';
import { freePort } from './support/servers.ts';

export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** The pass figure. */
  readonly wanted: string;
  /** How many webhooks, besides 100 healthy ones at 300 events per second. */
  readonly webhooks: number;
  /** Who receives for them. */
  readonly receiver: () => Promise<Other>;
  readonly play: (stage: Stage) => Promise<Verdict>;
}

interface Other {
  readonly url: string;
  readonly release: () => Promise<void>;
}

/** What attempts at most may be made by so many lanes that keep the gap of 3 s, jitter included. */
const triesPerLane = 1 / 2.7;

/** Row by row of the list of loads; what two cores cannot do is smaller here, and `about` says by how much. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'deadLane',
    about: 'one dead lane with 100,000 events',
    wanted: 'healthy p99 at most 1.1 of before',
    webhooks: 1,
    receiver: refusing,
    play: (stage) => besides(stage, { chats: 1, events: 100_000 * stage.scale }),
  },
  {
    name: 'refusing',
    about: '1,000 webhooks that refuse, each with 10 events in one lane',
    wanted: 'healthy p99 at most 1.1 of before, at most 370 tries per second (333 and the jitter)',
    webhooks: 1000,
    receiver: refusing,
    play: (stage) => besides(stage, { chats: 1, events: stage.others.count * 10 }),
  },
  {
    name: 'hanging',
    about: '2,000 webhooks that never answer (a fifth of 10,000)',
    wanted:
      'healthy throughput at least 0.8 of before, sockets at most 4096, 20 MB more at most while it lasts',
    webhooks: 2000,
    receiver: () => answeringAfter(null),
    play: hanging,
  },
  {
    name: 'steady',
    about: '10,000 lanes with an event each per minute',
    wanted: 'CPU at most 0.1 of a core',
    webhooks: 1,
    receiver: refusing,
    play: steady,
  },
  {
    name: 'idleLanes',
    about: '100,000 lanes that have delivered and have nothing to do, after a restart',
    wanted: 'started within 5 s, RSS less than 200 MB',
    webhooks: 1000,
    receiver: () => answeringAfter(0),
    play: idleLanes,
  },
  {
    name: 'hotLane',
    about: 'one lane with 1,000 events per second (a fifth of 5,000) for a receiver that takes 20 ms',
    wanted: 'healthy p99 at most 1.1 of before, at most 50 attempts per second in the lane',
    webhooks: 1,
    receiver: () => answeringAfter(20),
    play: (stage) => besides(stage, { chats: 1, events: 5000 * stage.scale }),
  },
  {
    name: 'herd',
    about: '1,000 dead receivers (a tenth of 10,000) with 10 events each come back at the same moment',
    wanted: 'no time-out, all delivered',
    webhooks: 1000,
    receiver: refusing,
    play: herd,
  },
  {
    name: 'slow',
    about: '500 lanes (a tenth of 5,000) whose receivers take 2.5 s',
    wanted: 'healthy p99 at most 1.1 of before, no more sockets than lanes and healthy ones',
    webhooks: 500,
    receiver: () => answeringAfter(2500),
    play: (stage) => besides(stage, { chats: 1, events: stage.others.count * 4 }),
  },
  {
    name: 'largeBodies',
    about: '200 events of 1 MB in 100 lanes for a receiver that never answers',
    wanted: 'at most 200 MB more',
    webhooks: 100,
    receiver: () => answeringAfter(null),
    play: largeBodies,
  },
];

/** Healthy latency with what the others bring against without it. */
async function besides(stage: Stage, { chats, events }: { chats: number; events: number }): Promise<Verdict> {
  const { gateway, others } = stage;
  const before = await stage.healthyP99Ms();
  await gateway.ask('fill', { group: others, chats, events: Math.round(events) });
  const [p99Ms, watched] = [await stage.healthyP99Ms(), await stage.watch(6000 * Math.min(1, stage.scale))];
  const triesPerS = perS(watched);
  const ratio = Number((p99Ms / before).toFixed(2));
  const lanes = others.count * chats;
  const isPaced = (watched.outcomes['delivered'] ?? 0) > 0 || triesPerS <= Math.max(2, lanes * triesPerLane);
  return {
    measured: {
      p99BeforeMs: before,
      p99Ms,
      ratio,
      triesPerS,
      sockets: watched.sockets,
      rssMb: watched.rssMb,
    },
    pass: ratio <= 1.1 && isPaced && watched.sockets <= lanes + 4096,
  };
}

async function hanging(stage: Stage): Promise<Verdict> {
  const { gateway, others } = stage;
  const ms = 3000 * stage.scale;
  await gateway.ask('flood', { ms, outstanding: 400 });
  const before = await gateway.ask('flood', { ms, outstanding: 400 });
  await gateway.ask('fill', { group: others, chats: 1, events: others.count });
  const start = await stage.watch(1000 * stage.scale);
  const after = await gateway.ask('flood', { ms, outstanding: 400 });
  const end = await stage.watch(5000 * stage.scale);
  const ratio = Number((after.eventsPerS / before.eventsPerS).toFixed(2));
  const grownMb = end.rssMb - start.rssMb;
  return {
    measured: { ratio, sockets: end.sockets, rssMb: end.rssMb, grownMb },
    pass: ratio >= 0.8 && end.sockets <= 4096 && grownMb <= 20,
  };
}

async function steady(stage: Stage): Promise<Verdict> {
  const perS = 10_000 / 60;
  const ms = 10_000 * stage.scale;
  await stage.gateway.ask('pace', { ms: 1000 * stage.scale, perS });
  const [{ cpuShare }] = await Promise.all([stage.watch(ms), stage.gateway.ask('pace', { ms, perS })]);
  return { measured: { cpuShare }, pass: cpuShare <= 0.1 };
}

async function idleLanes(stage: Stage): Promise<Verdict> {
  const { gateway, others } = stage;
  const lanes = Math.round(100_000 * stage.scale);
  await gateway.ask('fill', { group: others, chats: 100, events: lanes });
  let delivered = 0;
  for (let looks = 0; delivered < lanes && looks < 200; looks++) {
    delivered = (await stage.watch(500)).total['delivered'] ?? 0;
  }
  const startMs = await stage.restart();
  const { rssMb, cpuShare } = await stage.watch(5000 * stage.scale);
  return {
    measured: { lanes, delivered, startMs, rssMb, cpuShare },
    pass: delivered === lanes && rssMb < 200 && startMs < 5000,
  };
}

async function herd(stage: Stage): Promise<Verdict> {
  const { gateway, others } = stage;
  const events = others.count * 10;
  await gateway.ask('fill', { group: others, chats: 10, events });
  await stage.watch(4000 * stage.scale);
  const receiver = await startCountingReceiver({ port: Number(new URL(others.url).port) });
  const start = performance.now();
  let [delivered, timeouts] = [0, 0];
  while (delivered < events && performance.now() - start < 60_000) {
    const { total } = await stage.watch(250);
    delivered = total['delivered'] ?? 0;
    timeouts = (total['timeout'] ?? 0) + (total['connect_timeout'] ?? 0);
  }
  const seconds = Number(((performance.now() - start) / 1000).toFixed(1));
  const { requests } = await receiver.counts();
  await receiver.close();
  return {
    measured: { events, delivered, requests, timeouts, seconds },
    pass: timeouts === 0 && delivered >= events && requests === events,
  };
}

async function largeBodies(stage: Stage): Promise<Verdict> {
  const { gateway, others } = stage;
  const before = await stage.watch(200);
  const events = Math.round(200 * stage.scale);
  await gateway.ask('fill', { group: others, chats: 1, events, bodyBytes: 1_000_000 });
  const { rssMb } = await stage.watch(3000 * stage.scale);
  const addedMb = rssMb - before.rssMb;
  return { measured: { bodiesMb: events, addedMb }, pass: addedMb <= 200 };
}

function perS({ outcomes, seconds }: Watched): number {
  return Math.round(Object.values(outcomes).reduce((sum, count) => sum + count, 0) / seconds);
}

async function refusing(): Promise<Other> {
  return { url: `http://127.0.0.1:${await freePort()}/dead`, release: () => Promise.resolve() };
}

async function answeringAfter(answerAfterMs: number | null): Promise<Other> {
  const receiver = await startCountingReceiver({ answerAfterMs });
  return { url: receiver.url, release: () => receiver.close() };
}
