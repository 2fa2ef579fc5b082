import { contend, type Contender } from './contender.ts';
import { startGatewaySystem, startWhatsApp, type GatewaySystem, type WhatsApp } from './systems.ts';

/** eazeWA with one linked instance, and the phones that write to it. */
export interface LinkedGateway {
  readonly whatsApp: WhatsApp;
  readonly system: GatewaySystem;
  readonly contender: Contender;
  /** The instance's id. */
  readonly instance: number;
  /** The instance's number. */
  readonly to: string;
  /** The contacts' numbers. */
  readonly phones: readonly string[];
}

/** Starts it, lets the benchmark run, and stops everything whatever comes of that. */
export async function withLinkedGateway(
  contacts: number,
  run: (linked: LinkedGateway) => Promise<void>,
): Promise<void> {
  const whatsApp = await startWhatsApp();
  const system = await startGatewaySystem(whatsApp);
  const { simulator } = whatsApp;
  try {
    const contender = contend(system, whatsApp);
    const [to = ''] = await simulator.ask('addPhones', { count: 1, name: 'Instance' });
    const phones = await simulator.ask('addPhones', { count: contacts, name: 'Contact' });
    const instance = await system.link(to);
    await run({ whatsApp, system, contender, instance, to, phones });
  } finally {
    await system.stop();
    await simulator.stop();
  }
}
