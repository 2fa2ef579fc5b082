import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDatabase } from '../../src/database/open-database.ts';
import { fuzzDrain } from './fuzz-drain.ts';
import { fuzzTranslation } from './fuzz-translation.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } });
const seconds = numberOr(values.seconds, 60);
const seed = numberOr(values.seed, Math.floor(Math.random() * 1e9));
console.log(`seed ${seed}: repeat it with npm run fuzz -- --seconds ${seconds} --seed ${seed}`);

/** For the half of the time that each of the two gets. */
function forHalf(): () => boolean {
  const endAt = performance.now() + (seconds / 2) * 1000;
  return () => performance.now() < endAt;
}

const folder = await mkdtemp(join(tmpdir(), 'eazewa-fuzz-'));
const database = await openDatabase(join(folder, 'fuzz.db'));
try {
  const translation = fuzzTranslation(seed, forHalf());
  const drain = await fuzzDrain(database, seed, forHalf());
  for (const [name, { broken, ...figures }] of Object.entries({ translation, drain })) {
    for (const line of broken) console.log(`BROKEN: ${line}`);
    console.log(JSON.stringify({ fuzz: name, ...figures, broken: broken.length }));
    if (broken.length > 0) process.exitCode = 1;
  }
} finally {
  await database.close();
  await rm(folder, { recursive: true });
}

function numberOr(text: string | undefined, otherwise: number): number {
  const number = Number(text ?? otherwise);
  if (!Number.isFinite(number) || number < 0) throw new Error(`${text} is no number.`);
  return number;
}
