import { parseArgs } from 'node:util';
import { temporarySchema } from '../../src/database/testing/databases.ts';
import { runSoak } from './run-soak.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string' }, seed: { type: 'string' }, database: { type: 'string' } },
});
const seconds = numberOr(values.seconds, 60);
const seed = numberOr(values.seed, Math.floor(Math.random() * 1e9));
console.log(`seed ${seed}: repeat it with npm run soak -- --seconds ${seconds} --seed ${seed}`);

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort());
const schema = values.database === undefined ? null : await temporarySchema(values.database);
try {
  const { broken, faults, ...figures } = await runSoak({
    seconds,
    seed,
    database: schema?.url ?? null,
    onProgress: (line) => console.log(line),
    signal: interrupted.signal,
  });
  if (broken.length > 0) for (const line of faults) console.log(line);
  for (const line of broken) console.log(`BROKEN: ${line}`);
  console.log(JSON.stringify({ ...figures, broken: broken.length }));
  process.exitCode = broken.length === 0 ? 0 : 1;
} finally {
  await schema?.drop();
}

function numberOr(text: string | undefined, otherwise: number): number {
  const number = Number(text ?? otherwise);
  if (!Number.isFinite(number) || number < 0) throw new Error(`${text} is no number.`);
  return number;
}
