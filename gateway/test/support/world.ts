import './baileys-timers.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after } from 'node:test';
import type { EventName } from '@eazewa/sdk/events';
import { startSimulator, type Phone, type Simulator, type SimulatorOptions } from '@eazewa/simulator';
import { readConfig, type Config } from '../../src/config.ts';
import { startReceiver, type Receiver } from '../../src/delivery/testing/receiver.ts';
import { startGateway, type Parts } from '../../src/gateway.ts';
import { apiOf, type Api } from './api.ts';
import { numberOf, TestInstance } from './test-instance.ts';

export interface WorldOptions {
  /** One that runs already goes on after the test. */
  readonly simulator?: SimulatorOptions | Simulator;
  readonly config?: Partial<Config>;
  readonly clock?: Parts['clock'];
  readonly diskSpace?: Parts['diskSpace'];
}

/** WhatsApp, a gateway with its own folder, and a receiver, all in this process. The end of the test ends them. */
export interface World {
  readonly simulator: Simulator;
  readonly receiver: Receiver;
  readonly folder: string;
  readonly token: string;
  /** Of the gateway that runs now; `startGateway` of a stopped one may change it. */
  readonly url: string;
  readonly api: Api;
  stopGateway(): Promise<void>;
  startGateway(): Promise<void>;
  /** A new instance, with the receiver as its webhook at a path of its own unless there are no events. */
  create(events?: readonly EventName[]): Promise<TestInstance>;
  /** A new instance, linked with the phone by its QR code and ready. */
  link(owner: Phone, events?: readonly EventName[]): Promise<TestInstance>;
  /** Reads the gateway's database beside it. */
  read(query: string): Record<string, unknown>[];
}

const token = 'whole-program-test-token-0123456789-0123456789';

export async function startWorld({ simulator: given, config, ...parts }: WorldOptions = {}): Promise<World> {
  const isShared = given !== undefined && 'addPhone' in given;
  const simulator = isShared ? given : await startSimulator(given);
  const receiver = await startReceiver();
  const folder = await mkdtemp(join(tmpdir(), 'eazewa-promise-'));
  const settings = {
    ...readConfig({
      EAZEWA_PORT: '0',
      EAZEWA_DATA_DIR: folder,
      EAZEWA_ADMIN_TOKEN: token,
      EAZEWA_LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
      // The disk that the tests run on may be nearly full.
      EAZEWA_DISK_FLOOR_PERCENT: parts.diskSpace === undefined ? '0' : '5',
      EAZEWA_WHATSAPP_URL: simulator.url,
      EAZEWA_WHATSAPP_ROOT_KEY: Buffer.from(simulator.rootPublicKey).toString('hex'),
      EAZEWA_WHATSAPP_MEDIA_HOST: simulator.media.host,
      EAZEWA_WHATSAPP_MEDIA_CA: simulator.mediaCa,
    }),
    ...config,
  };
  const start = () => startGateway(settings, parts);
  let gateway = await start();
  let isRunning = true;

  const world: World = {
    simulator,
    receiver,
    folder,
    token,
    get url() {
      return gateway.url;
    },
    api: (...call) => apiOf(gateway.url, token)(...call),
    async stopGateway() {
      isRunning = false;
      await gateway.stop();
    },
    async startGateway() {
      gateway = await start();
      isRunning = true;
    },
    async create(events = []) {
      const { body } = await world.api('POST', '/instances', {});
      const instance = new TestInstance(world, numberOf(body['instance'], 'id'));
      if (events.length > 0) await instance.setWebhook({ url: instance.hook, events });
      return instance;
    },
    async link(owner, events = []) {
      const instance = await world.create(['qr', ...events]);
      await owner.scan(await instance.qr());
      await instance.untilStatus('ready');
      return instance;
    },
    read(query) {
      const database = new DatabaseSync(settings.database, { readOnly: true });
      try {
        return database.prepare(query).all();
      } finally {
        database.close();
      }
    },
  };
  after(async () => {
    if (isRunning) await gateway.stop();
    await receiver.close();
    if (!isShared) await simulator.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return world;
}
