import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReceiver, type Receiver } from '@eazewa/gateway/delivery/testing/receiver';
import { startSimulator, type Phone, type Simulator } from '@eazewa/simulator';
import { Arena } from '../../gateway/test/support/arena.ts';
import { startChild, type Child } from './child.ts';
import type { PostingVerbs } from './posting-process.ts';

/** One linked number, kept by a process that is killed again and again, with a webhook that hears of its messages. */
export interface Contestant {
  readonly simulator: Simulator;
  readonly receiver: Receiver;
  readonly phone: Phone;
  /** Ends the process with SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts the process again; resolves when it runs. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** eazeWA, with its SQLite file in a temporary folder. */
export async function startGatewayContestant(): Promise<Contestant> {
  const arena = await Arena.open({ database: null });
  await arena.start();
  const { phone } = await arena.link(arena.simulator.addPhone({ name: 'Shop' }));
  return {
    simulator: arena.simulator,
    receiver: arena.receiver,
    phone,
    kill: () => arena.kill(),
    start: () => arena.start(),
    close: () => arena.close(),
  };
}

/** Bare Baileys with its own store in a temporary folder. */
export async function startBaileysContestant(): Promise<Contestant> {
  const simulator = await startSimulator();
  const receiver = await startReceiver();
  const folder = await mkdtemp(join(tmpdir(), 'eazewa-bench-'));
  const phone = simulator.addPhone({ name: 'Shop' });
  const rootKey = Buffer.from(simulator.rootPublicKey).toString('hex');
  const opening = { folder, url: simulator.url, rootKey, hook: receiver.url };
  let child: Child<PostingVerbs> = startChild<PostingVerbs>('./posting-process.ts');
  const ready = Promise.withResolvers<void>();
  child.on('ready', () => ready.resolve());
  child.on('qr', (qr) => void phone.scan(String(qr)).catch(ready.reject));
  await child.ask('open', opening);
  await ready.promise;
  return {
    simulator,
    receiver,
    phone,
    kill: () => child.kill(),
    async start() {
      child = startChild<PostingVerbs>('./posting-process.ts');
      await child.ask('open', opening);
    },
    async close() {
      await child.kill();
      await receiver.close();
      await simulator.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
