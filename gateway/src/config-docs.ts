import { readFileSync, writeFileSync } from 'node:fs';
import { settingsTable, type Setting } from './config.ts';

/** What is written from the table of settings: paths from the root of the repository, and their text. */
export function configDocs(): Record<string, string> {
  return { '.env.example': envExample(), 'docs/configure.md': configurePage() };
}

const settings: readonly Setting<unknown>[] = Object.values(settingsTable);

function configurePage(): string {
  const rows = settings.map(
    (setting) => `| \`${setting.name}\` | ${setting.type} | ${defaultInWords(setting)} | ${setting.help} |`,
  );
  return [
    '# Configure',
    '',
    '<!-- Written by gateway/src/config-docs.ts from the table in gateway/src/config.ts. -->',
    '',
    'eazeWA is configured by environment variables, or by a file `.env` in the folder that it is started in (an',
    'environment variable goes before the file). Everything has a default. A wrong value or a misspelt name stops the',
    'start with one line that says what is wrong.',
    '',
    '| Setting | Value | Without it | What it does |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    'In Kubernetes, a service named `eazewa` makes variables such as `EAZEWA_PORT=tcp://...` by itself: set',
    '`enableServiceLinks: false` in the pod, or give the service another name.',
    '',
  ].join('\n');
}

function defaultInWords({ default: text, defaultText }: Setting<unknown>): string {
  return defaultText ?? `\`${text}\``;
}

function envExample(): string {
  const rows = settings.flatMap((setting) => [
    '',
    `# ${setting.help.replaceAll('`', '')}`,
    `# Value: ${setting.type}. Without it: ${defaultInWords(setting).replaceAll('`', '')}.`,
    `#${setting.name}=${setting.default}`,
  ]);
  return [
    '# Copy this file to .env and take the # away from what you want to change.',
    '# Written by gateway/src/config-docs.ts from the table in gateway/src/config.ts.',
    ...rows,
    '',
  ].join('\n');
}

/** Run by itself it writes the files; with `--check` it fails when one is out of date. */
function main(check: boolean): void {
  for (const [path, text] of Object.entries(configDocs())) {
    const file = new URL(`../../${path}`, import.meta.url);
    if (!check) {
      writeFileSync(file, text);
    } else if (readFileSync(file, 'utf8') !== text) {
      process.stderr.write(`${path} is out of date; run: node gateway/src/config-docs.ts\n`);
      process.exitCode = 1;
    }
  }
}

if (import.meta.main) main(process.argv.includes('--check'));
