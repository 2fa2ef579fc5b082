import { after } from 'node:test';
import { startSimulator } from '@eazewa/simulator';
import type { Phone, Simulator, SimulatorOptions } from '@eazewa/simulator';
import { linkClient } from './client.ts';
import type { Client } from './client.ts';

export interface LinkedAlice {
  readonly simulator: Simulator;
  readonly alice: Phone;
  readonly client: Client;
}

/** A simulator with Alice, whose phone has linked a client: one for all tests of a file. Both end after the last test. */
export async function linkedAlice(
  config?: Parameters<typeof linkClient>[2],
  options?: SimulatorOptions,
): Promise<LinkedAlice> {
  const simulator = await startSimulator(options);
  const alice = simulator.addPhone({ name: 'Alice' });
  const client = await linkClient(simulator, alice, config);
  after(async () => {
    await client.stop();
    await simulator.stop();
  });
  return { simulator, alice, client };
}
