import { eventNames, type EventName } from '@eazewa/sdk/events';
import { differences } from '../../../src/events/differences-for-tests.ts';
import { typeOrigins } from '../../../src/events/message-types-for-tests.ts';
import { eventTexts } from './event-texts.ts';
import { allExamples, readText, write, type Example } from './examples.ts';
import { printJson } from './print-json.ts';

type Found = Example & { readonly path: string };

/**
 * The documents that are made of the examples: paths from the root of the repository, and their text. What stands
 * between `<!-- made: name -->` and `<!-- /made -->` is written anew, everything else is kept.
 */
export function eventDocs(): Record<string, string> {
  const examples = allExamples();
  return {
    'docs/events.md': filledIn('docs/events.md', {
      events: eventsTable(),
      ...Object.fromEntries(eventNames.map((name) => [name, exampleOf(name, examples)])),
    }),
    'docs/features.md': filledIn('docs/features.md', {
      events: featuresTable(examples),
      kinds: kindsTable(examples),
    }),
    'docs/whatsapp-web-js.md': filledIn('docs/whatsapp-web-js.md', {
      differences: differencesTable(),
      types: typesTable(),
    }),
  };
}

function filledIn(path: string, parts: Readonly<Record<string, string>>): string {
  const text = readText(path) ?? '';
  const missing = Object.keys(parts).filter((name) => !text.includes(`<!-- made: ${name} -->`));
  if (missing.length > 0) throw new Error(`${path} has no place for: ${missing.join(', ')}`);
  return text.replaceAll(/<!-- made: (\w+) -->\n[\s\S]*?<!-- \/made -->/g, (whole, name: string) => {
    const part = parts[name];
    return part === undefined ? whole : `<!-- made: ${name} -->\n${part}\n<!-- /made -->`;
  });
}

function eventsTable(): string {
  const rows = eventNames.map((name) => `| [${name}](#${name}) | ${eventTexts[name].fires} |`);
  return ['| event | fires when |', '|---|---|', ...rows].join('\n');
}

function exampleOf(name: EventName, examples: readonly Found[]): string {
  const own = examples.filter(({ event }) => event === name);
  const example = own.find(({ kind }) => kind === eventTexts[name].shown) ?? own[0];
  if (example === undefined) return 'No example yet: nothing has fired it.';
  const others = own.filter((other) => other !== example);
  const further = others.length === 0 ? [] : ['', furtherExamples(name, others)];
  return ['```json', printJson(example.body), '```', ...further].join('\n');
}

/** More than these have their place in the table of the kinds. */
const linksMax = 5;

function furtherExamples(name: EventName, others: readonly Found[]): string {
  if (others.length > linksMax) {
    return `More kinds are in [the table](features.md#each-event-and-kind), their bodies in [examples/${name}](examples/${name}).`;
  }
  const links = others.map(({ kind, path }) => `[${kind}](${path.replace('docs/', '')})`);
  return `Further examples: ${links.join(', ')}.`;
}

function featuresTable(examples: readonly Found[]): string {
  const rows = eventNames.map((name) => {
    const count = examples.filter(({ event }) => event === name).length;
    const tested = count === 0 ? 'not yet' : count === 1 ? 'in 1 kind' : `in ${count} kinds`;
    return `| \`${name}\` | ${eventTexts[name].fires} | ${tested} |`;
  });
  return ['| event | fires when | tested over the wire |', '|---|---|---|', ...rows].join('\n');
}

function kindsTable(examples: readonly Found[]): string {
  const rows = eventNames.flatMap((name) => {
    const own = examples.filter(({ event }) => event === name);
    if (own.length === 0) return [`| \`${name}\` | | not yet | | |`];
    return own.map(({ kind, path, test }) => {
      const link = `[${kind}](${path.replace('docs/', '')})`;
      return `| \`${name}\` | ${link} | yes | yes | [${test}](../gateway/test/events/${test}) |`;
    });
  });
  return ['| event | kind | fired | payload complete | tested |', '|---|---|---|---|---|', ...rows].join(
    '\n',
  );
}

function differencesTable(): string {
  const words = { leftOut: 'left out', added: 'added', typed: 'of another type' } as const;
  const rows = Object.entries(differences).flatMap(([structure, groups]) =>
    Object.entries(groups as Record<keyof typeof words, Record<string, string>>).flatMap(([group, reasons]) =>
      Object.entries(reasons).map(
        ([key, reason]) =>
          `| ${structure} | \`${key}\` | ${words[group as keyof typeof words]} | ${reason} |`,
      ),
    ),
  );
  return ['| structure | property | here | why |', '|---|---|---|---|', ...rows].join('\n');
}

function typesTable(): string {
  const rows = Object.entries(typeOrigins).map(([type, origin]) =>
    'from' in origin ? `| \`${type}\` | ${origin.from} |` : `| \`${type}\` | *never*: ${origin.never} |`,
  );
  return ['| type | comes from |', '|---|---|', ...rows].join('\n');
}

if (import.meta.main) for (const [path, text] of Object.entries(eventDocs())) write(path, text);
