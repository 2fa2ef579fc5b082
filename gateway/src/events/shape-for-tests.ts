import assert from 'node:assert/strict';

/** What JSON must look like: a type's name, `null`, a list of one kind, or an object; `?` ends the name of an optional key. */
export type Shape =
  | 'string'
  | 'number'
  | 'boolean'
  | 'json'
  | null
  | readonly [Shape]
  | { readonly either: readonly Shape[] }
  | { readonly of: Shape }
  | ObjectShape;

export interface ObjectShape {
  readonly keys: Readonly<Record<string, Shape>>;
  readonly inAnyOrder?: true;
}

/** The shape of an object type: a key for each of its properties, with `?` where it may be absent. */
export interface ShapeOf<T> {
  readonly keys: {
    readonly [Key in keyof T & string as object extends Pick<T, Key> ? `${Key}?` : Key]-?: Shape;
  };
  readonly inAnyOrder?: true;
}

/** Fails unless the value has exactly the keys of the shape, in its order, with values of its types. */
export function assertShape(value: unknown, shape: Shape, path = 'data'): void {
  const problem = problemWith(value, shape, path);
  if (problem !== null) assert.fail(problem);
}

function problemWith(value: unknown, shape: Shape, path: string): string | null {
  if (shape === 'json') return value === undefined ? `${path} is undefined` : null;
  if (shape === null) return value === null ? null : `${path} is not null`;
  if (typeof shape === 'string') return typeof value === shape ? null : `${path} is no ${shape}`;
  if (isListShape(shape)) {
    if (!Array.isArray(value)) return `${path} is no list`;
    return first(value.map((item, index) => problemWith(item, shape[0], `${path}[${index}]`)));
  }
  if ('of' in shape) {
    if (typeof value !== 'object' || value === null) return `${path} is no object`;
    return first(Object.entries(value).map(([key, item]) => problemWith(item, shape.of, `${path}.${key}`)));
  }
  if ('either' in shape) {
    return shape.either.some((one) => problemWith(value, one, path) === null) ? null : `${path} fits nothing`;
  }
  return problemWithKeys(value, shape, path);
}

function isListShape(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}

function problemWithKeys(value: unknown, { keys, inAnyOrder }: ObjectShape, path: string): string | null {
  if (typeof value !== 'object' || value === null) return `${path} is no object`;
  const members = new Map<string, unknown>(Object.entries(value));
  const allowed = Object.keys(keys).map((key) => key.replace('?', ''));
  const unknown = [...members.keys()].find((key) => !allowed.includes(key));
  if (unknown !== undefined) return `${path}.${unknown} is not in the contract`;
  if (inAnyOrder !== true && allowed.filter((key) => members.has(key)).join() !== [...members.keys()].join())
    return `${path} is out of order`;
  return first(
    Object.entries(keys).map(([key, shape]) => {
      const name = key.replace('?', '');
      if (!members.has(name)) return key.endsWith('?') ? null : `${path}.${name} is missing`;
      return problemWith(members.get(name), shape, `${path}.${name}`);
    }),
  );
}

function first(problems: readonly (string | null)[]): string | null {
  return problems.find((problem) => problem !== null) ?? null;
}
