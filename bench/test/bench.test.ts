import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const endToEndFigures = [
  'messagesPerS',
  'cpuUsPerMessage',
  'cores',
  'steadyCpuUsPerMessage',
  'p50Ms',
  'p99Ms',
  'simulatorCpuUsPerMessage',
];

const receiveFigures = [
  'messagesPerCoreS',
  'cpuUsPerMessage',
  'mainThreadCpuUsPerMessage',
  'messagesPerS',
  'simulatorCpuUsPerMessage',
];

/** The keys that the README documents, as paths into the last line. */
const documented: Record<string, readonly string[]> = {
  backlog: [
    'rows',
    ...['clean', 'deadWebhooks', 'manyLanes'].flatMap((of) =>
      ['eventsPerS', 'rssMb', 'firstDeliveryMs'].map((figure) => `${of}.${figure}`),
    ),
    ...['deadWebhooks', 'manyLanes'].flatMap((of) => [
      `ratios.${of}.liveRate`,
      `ratios.${of}.rssAddedMb`,
      `ratios.${of}.firstDelivery`,
    ]),
    'broken',
  ],
  delivery: [
    ...['memory', 'durable', 'slowSync', 'manyInstances', 'tls', 'axios'].flatMap((of) => [
      `${of}.eventsPerS`,
      `${of}.cpuUsPerEvent`,
    ]),
    ...['at10Percent', 'at50Percent'].flatMap((at) => [`latency.${at}.p50Ms`, `latency.${at}.p99Ms`]),
    ...[
      'durableToMemory',
      'durableToAxios',
      'slowSyncToDurable',
      'manyInstancesToDurable',
      'tlsToDurable',
    ].flatMap((ratio) => [`ratios.${ratio}`, `cpuRatios.${ratio}`]),
    'missing',
    'broken',
  ],
  fairness: [
    'scale',
    ...['deadLane', 'hanging', 'herd'].flatMap((scenario) => [
      `scenarios.${scenario}.pass`,
      `scenarios.${scenario}.measured`,
    ]),
    'missed',
  ],
  'end-to-end': [
    'load.messages',
    ...['oneInstance', 'manyInstances'].flatMap((shape) => [
      ...endToEndFigures.flatMap((figure) => [`${shape}.gateway.${figure}`, `${shape}.baileys.${figure}`]),
      ...['messagesPerS', 'cpuUsPerMessage', 'steadyCpuUsPerMessage', 'p50Ms', 'p99Ms'].map(
        (ratio) => `${shape}.ratios.${ratio}`,
      ),
    ]),
    'broken',
  ],
  loss: [
    'load.kills',
    'load.perKill',
    'load.seed',
    ...['gateway', 'baileys'].flatMap((of) =>
      ['sent', 'lost', 'twice', 'outOfOrder', 'kills'].map((figure) => `${of}.${figure}`),
    ),
  ],
  growth: [
    ...['kept', 'forEver'].flatMap((of) => [
      `${of}.0.day`,
      `${of}.0.fileMb`,
      ...['inbox', 'event_identities', 'events', 'deliveries', 'attempts', 'messages', 'outgoing'].map(
        (table) => `${of}.0.rows.${table}`,
      ),
    ]),
    'ratios.fileMb',
  ],
  receive: [
    'load.messages',
    ...['oneToOne', 'group'].flatMap((shape) => [
      ...receiveFigures.flatMap((figure) => [`${shape}.gateway.${figure}`, `${shape}.baileys.${figure}`]),
      ...['messagesPerCoreS', 'cpuUsPerMessage', 'messagesPerS'].map((ratio) => `${shape}.ratios.${ratio}`),
    ]),
    'broken',
  ],
  translate: [
    ...['text', 'image', 'poll', 'receipt'].flatMap((kind) =>
      ['translateUs', 'bareUs', 'ratio', 'events'].map((figure) => `kinds.${kind}.${figure}`),
    ),
    'broken',
  ],
  latency: [
    'mostPerS',
    ...['at10Percent', 'at50Percent'].flatMap((at) =>
      ['messages', 'messagesPerS', 'cores', 'p50Ms', 'p99Ms'].map((figure) => `${at}.${figure}`),
    ),
    'broken',
  ],
  history: [
    ...['messages', 'seconds', 'messagesPerS', 'rssBeforeMb', 'peakRssMb'].map(
      (figure) => `history.${figure}`,
    ),
    ...['before', 'during'].flatMap((when) =>
      ['messages', 'p50Ms', 'p99Ms'].map((figure) => `live.${when}.${figure}`),
    ),
    'ratios.p50Ms',
    'ratios.p99Ms',
    'broken',
  ],
  memory: [
    ...['gateway', 'baileys', 'gatewayRestarted', 'baileysRestarted'].flatMap((of) => [
      `${of}.readings.0.instances`,
      `${of}.readings.0.rssMb`,
      `${of}.readings.0.heapMb`,
      `${of}.perInstance.rssMb`,
      `${of}.perInstance.heapMb`,
    ]),
    'ratios.rssPerInstance',
    'ratios.heapPerInstance',
    'ratios.rssPerInstanceRestarted',
    'ratios.heapPerInstanceRestarted',
  ],
};

for (const [name, paths] of Object.entries(documented)) {
  test(`the last line of ${name} is its figures as JSON`, async () => {
    const { code, output, errors } = await run(name, '--quick');
    assert.equal(code, 0, output + errors);
    const figures: unknown = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '');
    assert.equal(valueAt(figures, 'benchmark'), name);
    for (const path of paths) assert.notEqual(valueAt(figures, path), undefined, path);
  });
}

test('a name that does not exist is answered with those that do', async () => {
  const { code, errors } = await run('everything');
  assert.equal(code, 1);
  for (const name of Object.keys(documented)) assert.match(errors, new RegExp(`  ${name} `));
});

async function run(...args: string[]) {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { code: code as unknown, output, errors };
}

function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
      value,
    );
}
