import { parseArgs } from 'node:util';
import { startSimulator } from './simulator.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'control-port': { type: 'string', default: '0' },
  },
});

const simulator = await startSimulator({
  port: Number(values.port),
  controlPort: Number(values['control-port']),
});

// One line of JSON, which a parent process can read as soon as everything listens.
console.log(
  JSON.stringify({
    url: simulator.url,
    controlUrl: simulator.controlUrl,
    rootPublicKey: Buffer.from(simulator.rootPublicKey).toString('base64'),
  }),
);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void simulator.stop().then(() => process.exit(0)));
}
