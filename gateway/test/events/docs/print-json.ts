import type { Json } from './stable.ts';

const width = 116;

/** JSON for people: what fits goes on one line, and short members share lines. */
export function printJson(value: Json, indent = 0, before = 0): string {
  const line = onOneLine(value);
  if (indent + before + line.length <= width || typeof value !== 'object' || value === null) return line;
  const inner = indent + 2;
  const members = Array.isArray(value)
    ? value.map((item: Json) => printJson(item, inner))
    : Object.entries(value as Record<string, Json>).map(([key, item]) => {
        const name = `${JSON.stringify(key)}: `;
        return name + printJson(item, inner, name.length);
      });
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return [open, ...filled(members, inner), ' '.repeat(indent) + close].join('\n');
}

/** Lines of as many members as fit; one that needs several lines has them for itself. */
function filled(members: readonly string[], indent: number): string[] {
  const lines: string[] = [];
  let current = '';
  members.forEach((member, place) => {
    const text = place === members.length - 1 ? member : `${member},`;
    const isLong = text.includes('\n');
    if (current !== '' && (isLong || indent + current.length + 1 + text.length > width)) {
      lines.push(' '.repeat(indent) + current);
      current = '';
    }
    if (isLong) lines.push(' '.repeat(indent) + text);
    else current = current === '' ? text : `${current} ${text}`;
  });
  return current === '' ? lines : [...lines, ' '.repeat(indent) + current];
}

function onOneLine(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => onOneLine(item)).join(', ')}]`;
  const members = Object.entries(value as Record<string, Json>).map(
    ([key, item]) => `${JSON.stringify(key)}: ${onOneLine(item)}`,
  );
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}
