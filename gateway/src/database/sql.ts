/** A value that both databases store the same way. Bodies, stanzas and plaintext are bytes, never text. */
export type SqlValue = string | number | Uint8Array | null;

/**
 * One SQL statement with its values beside it; the driver writes the placeholders of its dialect.
 *
 * What both dialects need: a name with capitals in double quotes (`as "chatId"`), and a `cast` around a value whose type
 * nothing else tells (`select cast(${x} as text)`).
 */
export interface Statement {
  /** The text around the values: always one longer than `values`. */
  readonly parts: readonly string[];
  readonly values: readonly SqlValue[];
}

/**
 * Builds a statement. Values become parameters; a nested statement becomes part of the text.
 *
 * @example sql`select * from instances where id = ${id}`
 */
export function sql(strings: TemplateStringsArray, ...values: readonly (SqlValue | Statement)[]): Statement {
  // The same `parts` for each statement of one place in the program: its text is put together once.
  if (areValues(values)) return { parts: strings, values };
  const parts = [strings[0] ?? ''];
  const flat: SqlValue[] = [];
  values.forEach((value, index) => {
    const following = strings[index + 1] ?? '';
    if (isStatement(value)) {
      append(parts, flat, value);
      parts[parts.length - 1] += following;
    } else {
      flat.push(value);
      parts.push(following);
    }
  });
  return { parts, values: flat };
}

/** Joins values or statements with commas (or `separator`), for lists: `in (${join(ids)})`. */
export function join(items: readonly (SqlValue | Statement)[], separator = ', '): Statement {
  const parts = [''];
  const values: SqlValue[] = [];
  items.forEach((item, index) => {
    if (index > 0) parts[parts.length - 1] += separator;
    append(parts, values, isStatement(item) ? item : { parts: ['', ''], values: [item] });
  });
  return { parts, values };
}

/** Text that is part of the program itself, such as a column type of a dialect; never of a user. */
export function raw(text: string): Statement {
  return { parts: [text], values: [] };
}

/** Gives statements their text, which is put together once for each place in the program; numbers count from 1. */
export function textsWith(placeholder: (number: number) => string): (statement: Statement) => string {
  const texts = new WeakMap<Statement['parts'], string>();
  return ({ parts }) => {
    let text = texts.get(parts);
    if (text === undefined) {
      text = parts.reduce((text, part, number) => `${text}${placeholder(number)}${part}`);
      texts.set(parts, text);
    }
    return text;
  };
}

function append(parts: string[], values: SqlValue[], statement: Statement): void {
  parts[parts.length - 1] += statement.parts[0] ?? '';
  parts.push(...statement.parts.slice(1));
  values.push(...statement.values);
}

function areValues(values: readonly (SqlValue | Statement)[]): values is readonly SqlValue[] {
  return !values.some(isStatement);
}

function isStatement(value: SqlValue | Statement): value is Statement {
  return typeof value === 'object' && value !== null && 'parts' in value;
}
