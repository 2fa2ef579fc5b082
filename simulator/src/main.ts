import { parseArgs } from 'node:util';
import { startSimulator } from './simulator.ts';

const simulator = await startSimulator(readOptions()).catch((error: unknown) => {
  console.error(`The simulator cannot start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});

// One line of JSON, which a parent process can read as soon as everything listens.
console.log(
  JSON.stringify({
    url: simulator.url,
    controlUrl: simulator.controlUrl,
    rootPublicKey: Buffer.from(simulator.rootPublicKey).toString('base64'),
    mediaHost: simulator.media.host,
    mediaCa: simulator.mediaCa,
  }),
);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void simulator.stop().then(() => process.exit(0)));
}

function readOptions(): { port: number; controlPort: number } {
  const text = { type: 'string', default: '0' } as const;
  try {
    const { values } = parseArgs({ options: { port: text, 'control-port': text } });
    return { port: portOf(values.port), controlPort: portOf(values['control-port']) };
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    console.error('Usage: node simulator/start.mjs [--port N] [--control-port N]; 0 takes a free port.');
    process.exit(2);
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`"${text}" is no port: 0 to 65535.`);
}
