import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ArrivalResults } from './arrivals.ts';
import type { BaileysVerbs } from './baileys-process.ts';
import { startChild, type Child } from './child.ts';
import type { GatewayVerbs } from './gateway-process.ts';
import type { RecordedVerbs } from './recorded-process.ts';
import type { Profile } from './profile.ts';
import type { SimulatorVerbs } from './simulator-process.ts';
import type { SinkVerbs } from './sink-process.ts';
import type { Usage } from './usage.ts';

export type SimulatorChild = Child<SimulatorVerbs>;

/** What is compared: keeps accounts connected and takes their messages to where they end. */
export interface System {
  /** Links one more instance for the phone with this number; resolves with the instance's id when it is ready. */
  link(number: string): Promise<number>;
  /** Writes from an instance to a phone. */
  reply(instance: number, to: string): Promise<void>;
  /** What came since the last call, where messages end. */
  results(): Promise<ArrivalResults>;
  onArrived(listener: (messages: number) => void): void;
  /** Of the process that is measured. */
  usage(): Promise<Usage>;
  /** Where its main thread spends its time, from the one call to the other. */
  startProfile(): Promise<void>;
  stopProfile(): Promise<Profile>;
  /** Ends the process that is measured and starts another with the same instances; resolves when all are ready. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface WhatsApp {
  readonly simulator: SimulatorChild;
  readonly url: string;
  readonly rootKey: string;
}

export async function startWhatsApp(): Promise<WhatsApp> {
  const simulator: SimulatorChild = startChild<SimulatorVerbs>('./simulator-process.ts');
  return { simulator, ...(await simulator.ask('start', undefined)) };
}

const token = 'benchmark-token-0123456789-0123456789';

export interface GatewayOptions {
  readonly execArgv?: readonly string[];
  /** Where messages end: at the answered webhook, or as recorded events that no webhook wants. */
  readonly messagesEnd?: 'webhook' | 'recorded';
}

export interface GatewaySystem extends System {
  /** How many of the stored messages are older than that: seconds since 1970. */
  storedBefore(timestampS: number): Promise<number>;
}

/** eazeWA in a process of its own, with its SQLite file on the disk of the temporary folder, and a receiver in another. */
export async function startGatewaySystem(
  { simulator, url: whatsappUrl, rootKey }: WhatsApp,
  { execArgv = [], messagesEnd = 'webhook' }: GatewayOptions = {},
): Promise<GatewaySystem> {
  const folder = await mkdtemp(join(tmpdir(), 'eazewa-bench-'));
  const sink = startChild<SinkVerbs>('./sink-process.ts');
  const { port } = await sink.ask('start', undefined);
  const env = {
    EAZEWA_PORT: '0',
    EAZEWA_DATA_DIR: folder,
    EAZEWA_ADMIN_TOKEN: token,
    EAZEWA_LOG_LEVEL: 'error',
    EAZEWA_WHATSAPP_URL: whatsappUrl,
    EAZEWA_DISK_FLOOR_PERCENT: '0',
    EAZEWA_WHATSAPP_ROOT_KEY: rootKey,
  };
  const options = [...(await optionsOfStart()), ...execArgv];
  const start = () => startChild<GatewayVerbs>('./gateway-process.ts', options);
  let gateway = start();
  let { url } = await gateway.ask('start', { env });
  const recorded = messagesEnd === 'recorded' ? await watchRecorded(folder) : null;
  const end: Child<Pick<SinkVerbs, 'results'>> = recorded ?? sink;
  const instances = new Map<number, InstanceNews>();
  const newsOf = (id: number) => {
    const news = instances.get(id) ?? {
      qr: Promise.withResolvers<string>(),
      ready: Promise.withResolvers<void>(),
    };
    instances.set(id, news);
    return news;
  };
  sink.on('event', (event) => {
    const { event: name, instanceId, data } = event as WebhookBody;
    if (name === 'qr') newsOf(Number(instanceId)).qr.resolve(data.qr);
    if (name === 'ready') newsOf(Number(instanceId)).ready.resolve();
  });

  async function call<T>(path: string, body: object): Promise<T> {
    const response = await fetch(`${url}/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as T;
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}`);
    return answer;
  }

  return {
    async link(number) {
      const events = ['qr', 'ready', ...(recorded === null ? ['message'] : [])];
      const webhook = { url: `http://127.0.0.1:${port}/hook`, events };
      const { instance } = await call<{ instance: { id: number } }>('/instances', { name: number, webhook });
      const { qr, ready } = newsOf(instance.id);
      await simulator.ask('scan', { number, qr: await qr.promise });
      await ready.promise;
      return instance.id;
    },
    async reply(instance, to) {
      const body = { chatId: `${to}@c.us`, message: 'hello' };
      await call(`/instances/${instance}/client/action/send-message`, body);
    },
    results: () => end.ask('results', undefined),
    onArrived: (listener) => end.on('arrived', (messages) => listener(Number(messages))),
    usage: () => gateway.ask('usage', undefined),
    startProfile: () => gateway.ask('startProfile', undefined),
    stopProfile: () => gateway.ask('stopProfile', undefined),
    storedBefore(timestampS) {
      const database = new DatabaseSync(join(folder, 'eazewa.db'), { readOnly: true });
      try {
        const row = database
          .prepare('select count(*) as stored from messages where timestamp_s < ?')
          .get(timestampS);
        return Promise.resolve(Number(row?.['stored']));
      } finally {
        database.close();
      }
    },
    async restart() {
      await gateway.ask('stop', undefined);
      await gateway.stop();
      const ready = allReadyAgain([...instances.values()]);
      gateway = start();
      ({ url } = await gateway.ask('start', { env }));
      await ready;
    },
    async stop() {
      await gateway.ask('stop', undefined).catch(() => undefined);
      await gateway.stop();
      await sink.stop();
      await recorded?.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** What `npm start` hands to Node. */
async function optionsOfStart(): Promise<string[]> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const { scripts } = JSON.parse(text) as { readonly scripts: { readonly start: string } };
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

async function watchRecorded(folder: string): Promise<Child<RecordedVerbs>> {
  const recorded = startChild<RecordedVerbs>('./recorded-process.ts');
  await recorded.ask('watch', { file: join(folder, 'eazewa.db') });
  return recorded;
}

interface InstanceNews {
  readonly qr: PromiseWithResolvers<string>;
  ready: PromiseWithResolvers<void>;
}

async function allReadyAgain(instances: readonly InstanceNews[]): Promise<void> {
  for (const news of instances) news.ready = Promise.withResolvers<void>();
  await Promise.all(instances.map(({ ready }) => ready.promise));
}

interface WebhookBody {
  readonly event: string;
  readonly instanceId: string;
  readonly data: { readonly qr: string };
}

/** Bare Baileys in a process of its own. */
export async function startBaileysSystem(
  { simulator, url, rootKey }: WhatsApp,
  execArgv: readonly string[] = [],
): Promise<System> {
  const instances: InstanceNews[] = [];
  const start = () => {
    const child = startChild<BaileysVerbs>('./baileys-process.ts', execArgv);
    child.on('qr', (told) => {
      const { instance, qr } = told as { instance: number; qr: string };
      instances[instance]?.qr.resolve(qr);
    });
    child.on('ready', (instance) => instances[Number(instance)]?.ready.resolve());
    child.on('arrived', (messages) => onArrived?.(Number(messages)));
    return child;
  };
  let onArrived: ((messages: number) => void) | null = null;
  let baileys = start();
  return {
    async link(number) {
      const news = { qr: Promise.withResolvers<string>(), ready: Promise.withResolvers<void>() };
      const instance = instances.push(news) - 1;
      await baileys.ask('open', { instance, url, rootKey });
      await simulator.ask('scan', { number, qr: await news.qr.promise });
      await news.ready.promise;
      return instance;
    },
    async reply(instance, to) {
      await baileys.ask('reply', { instance, to });
    },
    results: () => baileys.ask('results', undefined),
    onArrived: (listener) => void (onArrived = listener),
    usage: () => baileys.ask('usage', undefined),
    startProfile: () => baileys.ask('startProfile', undefined),
    stopProfile: () => baileys.ask('stopProfile', undefined),
    async restart() {
      const folder = await mkdtemp(join(tmpdir(), 'eazewa-bench-'));
      const file = join(folder, 'states.json');
      await baileys.ask('save', { file });
      await baileys.stop();
      const ready = allReadyAgain(instances);
      baileys = start();
      await baileys.ask('resume', { file, url, rootKey });
      await ready;
      await rm(folder, { recursive: true });
    },
    stop: () => baileys.stop(),
  };
}

/** Links an instance for each number, some at once; resolves with their ids in the order of the numbers. */
export async function linkAll(system: System, numbers: readonly string[], atOnce = 6): Promise<number[]> {
  const ids: number[] = [];
  const entries = [...numbers.entries()];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = entries.shift(); next; next = entries.shift())
        ids[next[0]] = await system.link(next[1]);
    }),
  );
  return ids;
}
