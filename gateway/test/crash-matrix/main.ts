import { parseArgs } from 'node:util';
import { kinds } from './kinds.ts';
import { points } from './points.ts';
import { reachable, runMatrix, type Cell } from './run-matrix.ts';

const { values } = parseArgs({ options: { database: { type: 'string' }, only: { type: 'string' } } });
const only = (values.only ?? '').toLowerCase();
const isWanted = (point: { name: string }, kind: { name: string }) =>
  point.name.toLowerCase().includes(only) || kind.name.toLowerCase().includes(only);

const wanted = reachable().filter(({ point, kind }) => isWanted(point, kind)).length;
console.log(`${wanted} kills, on ${values.database === undefined ? 'SQLite' : 'PostgreSQL'}`);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort());
const startedAt = performance.now();
let done = 0;
const server = values.database ?? null;
const cells = await runMatrix({ server, isWanted, onCell: tell, signal: interrupted.signal });
print(cells);
const isWhole = cells.length > 0 && cells.length === wanted;
process.exitCode = isWhole && cells.every(({ broken }) => broken.length === 0) ? 0 : 1;

function tell({ point, kind, broken }: Cell): void {
  console.log(`${++done}/${wanted}  ${kind.name}: ${point.name}: ${broken[0] ?? 'ok'}`);
}

function print(cells: readonly Cell[]): void {
  const columns = kinds.filter((kind) => cells.some((cell) => cell.kind === kind));
  const rows = points.filter((point) => cells.some((cell) => cell.point === point));
  const first = Math.max(...rows.map(({ name }) => name.length));
  const line = (name: string, texts: readonly string[]) =>
    `${name.padEnd(first)}  ${texts.map((text, index) => text.padEnd(columns[index]?.name.length ?? 0)).join('  ')}`;
  console.log(
    `\n${line(
      'killed',
      columns.map(({ name }) => name),
    )}`,
  );
  for (const point of rows) {
    const found = columns.map((kind) => cells.find((cell) => cell.point === point && cell.kind === kind));
    console.log(
      line(
        point.name,
        found.map((cell) => (cell ? (cell.broken.length === 0 ? 'ok' : 'BROKEN') : '.')),
      ).trimEnd(),
    );
  }
  const broken = cells.filter((cell) => cell.broken.length > 0);
  for (const { point, kind, broken: problems } of broken) {
    console.log(`\n${kind.name}: ${point.name}`);
    for (const problem of problems) console.log(`  ${problem}`);
  }
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(`\n${cells.length} kills in ${seconds} s, ${broken.length} of them broke something`);
}
