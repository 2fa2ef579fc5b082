import { mkdir, writeFile } from 'node:fs/promises';
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../results/', import.meta.url));

/** Keeps a copy of what is printed from now on; call what it returns to get it. */
export function keepOutput(): () => string {
  const chunks: string[] = [];
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (chunk: string | Uint8Array, ...rest: never[]) => {
    chunks.push(String(chunk));
    return write(chunk, ...rest);
  };
  return () => chunks.join('');
}

/**
 * Writes `<date>-<name>.md`, the table to read, and `<date>-<name>.json`, the last line that was printed, both with the
 * machine that they come from. Resolves with their paths. A second run of the same day replaces the first.
 */
export async function saveResults(name: string, output: string): Promise<string[]> {
  const lines = output.trimEnd().split('\n');
  const figures = JSON.parse(lines.at(-1) ?? '') as object;
  const table = lines.slice(0, -1).join('\n').trimEnd();
  const date = new Date().toISOString().slice(0, 10);
  const machine = describeMachine();
  const rows = Object.entries(machine).map(([key, value]) => `- ${key}: ${value}`);
  const [markdown, json] = ['md', 'json'].map((end) => join(folder, `${date}-${name}.${end}`));
  if (markdown === undefined || json === undefined) return [];
  await mkdir(folder, { recursive: true });
  await writeFile(markdown, `# ${name}, ${date}\n\n${rows.join('\n')}\n\n\`\`\`text\n${table}\n\`\`\`\n`);
  await writeFile(json, `${JSON.stringify({ date, machine, ...figures }, null, 2)}\n`);
  return [markdown, json];
}

function describeMachine() {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    loadAverage: loadavg()
      .map((load) => load.toFixed(1))
      .join(' '),
  };
}
