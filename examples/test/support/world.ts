import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@eazewa/sdk';
import { startSimulator, type Phone } from '@eazewa/simulator';
import { linkPhone } from '../../demo/link-phone.ts';
import type { Narrator } from '../../demo/narrator.ts';
import { startGateway, type Stage } from '../../demo/parts.ts';

/** A simulator, a gateway in a process of its own, one ready instance, and a contact to write to it. */
export interface World extends AsyncDisposable {
  readonly stage: Stage;
  readonly client: Client;
  readonly gatewayUrl: string;
  readonly token: string;
  readonly instanceId: number;
  readonly shop: Phone;
  readonly contact: Phone;
  /** Resolves as soon as a program of the stage has printed the line. */
  printed(line: string): Promise<void>;
}

/** A test file that takes longer than this has failed. */
const limitMs = 120_000;

/** After two minutes, or when one of its programs is lost, everything that waits for the world fails. */
export async function startWorld(): Promise<World> {
  await using starting = new AsyncDisposableStack();
  const stack = starting.use(new AsyncDisposableStack());
  const folder = await mkdtemp(join(tmpdir(), 'eazewa-examples-'));
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const output = new Output();
  const lost = new AbortController();
  const signal = AbortSignal.any([lost.signal, AbortSignal.timeout(limitMs)]);
  const stopSwitch = { signal, stop: (reason: Error) => lost.abort(reason) };
  const stage = { narrator: output.narrator, stopSwitch, stack, folder };

  const simulator = await startSimulator();
  stack.defer(() => simulator.stop());
  const [shop, contact] = [simulator.addPhone({ name: 'Shop' }), simulator.addPhone({ name: 'Ada' })];
  const token = randomBytes(24).toString('hex');
  const { url: gatewayUrl } = await startGateway(stage, simulator, token);
  const client = new Client({ baseUrl: gatewayUrl, token });
  const instanceId = await linkPhone(stage, client, shop);
  starting.move();
  return {
    stage,
    client,
    gatewayUrl,
    token,
    instanceId,
    shop,
    contact,
    printed: (line) => output.printed(line, signal),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** What the programs of a stage print, line by line. */
class Output {
  readonly #lines = new Set<string>();
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();

  readonly narrator: Narrator = {
    isColoured: false,
    title: () => {},
    step: () => {},
    detail: () => {},
    block: () => {},
    problem: () => {},
    quote: (_who, line) => {
      this.#lines.add(line);
      this.#waiting.get(line)?.resolve();
    },
  };

  printed(line: string, signal: AbortSignal): Promise<void> {
    if (this.#lines.has(line)) return Promise.resolve();
    const waiting = this.#waiting.get(line) ?? Promise.withResolvers<void>();
    this.#waiting.set(line, waiting);
    signal.addEventListener('abort', () => waiting.reject(signal.reason), { once: true });
    return waiting.promise;
  }
}
