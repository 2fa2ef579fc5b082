import type { Drawing } from '../support/drawing.ts';
import { drawBytes, drawId, drawJid, drawNumber, drawText } from './draw-values.ts';
import type { ProtoField, ProtoSchema } from './wa-proto.ts';

/**
 * Draws any value of a message of WAProto: a random part of its fields, each with anything that its type allows.
 * `depth` is how deep it nests at most.
 */
export function drawProto(
  draw: Drawing,
  schema: ProtoSchema,
  name: string,
  depth = 6,
): Record<string, unknown> {
  const fields = schema.messages.get(name) ?? [];
  // Contents have one field, or a few: with all of them only the first would ever be read.
  const count = draw.weighted({ one: 6, few: 6, all: 1 });
  const counts = { one: 1, few: 1 + draw.below(6), all: fields.length };
  const chosen = counts[count] >= fields.length ? fields : manyOf(draw, fields, counts[count]);
  const budget = count === 'all' ? Math.min(depth, 2) : depth;
  return Object.fromEntries(
    chosen.flatMap((field) => {
      const value = () => drawField(draw, schema, field, budget);
      if (schema.messages.has(field.type) && budget <= 0) return [];
      return [[field.name, field.isList ? Array.from({ length: draw.below(4) }, value) : value()]];
    }),
  );
}

function manyOf<T>(draw: Drawing, list: readonly T[], count: number): T[] {
  return list.length === 0 ? [] : [...new Set(Array.from({ length: count }, () => draw.one(list)))];
}

function drawField(draw: Drawing, schema: ProtoSchema, { name, type }: ProtoField, depth: number): unknown {
  if (schema.messages.has(type)) return drawProto(draw, schema, type, depth - 1);
  const numbers = schema.enums.get(type);
  if (numbers !== undefined) return draw.onceIn(10) ? draw.below(300) : draw.one(numbers);
  switch (type) {
    case 'string':
      if (/jid|participant/i.test(name)) return drawJid(draw);
      return /id$/i.test(name) ? drawId(draw) : drawText(draw);
    case 'bytes':
      return drawBytes(draw);
    case 'bool':
      return draw.onceIn(2);
    case 'float':
    case 'double':
      return drawNumber(draw);
    default:
      return wholeNumber(draw, type);
  }
}

function wholeNumber(draw: Drawing, type: string): number {
  const number = Math.trunc(drawNumber(draw));
  if (!Number.isSafeInteger(number)) return 0;
  const isUnsigned = type.startsWith('u') || type.startsWith('f');
  const limit = type.endsWith('64') ? Number.MAX_SAFE_INTEGER : 2 ** 31 - 1;
  return Math.max(isUnsigned ? 0 : -limit, Math.min(limit, number)) + 0;
}

/**
 * The content with values of the wrong types here and there, as no protobuf says them and a mistake of ours could: texts
 * for objects, lists in lists, properties of every object's prototype.
 */
export function spoilContent(draw: Drawing, value: unknown, depth = 0): unknown {
  if (draw.onceIn(depth === 0 ? 1e9 : 14)) return draw.one(wrongValues)(draw);
  if (Array.isArray(value)) return value.map((member) => spoilContent(draw, member, depth + 1));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const spoilt = Object.entries(value).map(([name, member]): [string, unknown] => [
    draw.onceIn(40) ? draw.one(['constructor', 'toString', 'x', '']) : name,
    spoilContent(draw, member, depth + 1),
  ]);
  return Object.fromEntries(spoilt);
}

const wrongValues: readonly ((draw: Drawing) => unknown)[] = [
  () => null,
  () => undefined,
  () => true,
  () => [],
  () => [[null, undefined, [1]]],
  () => ({}),
  () => JSON.parse('{"__proto__":{"isAdmin":true},"message":{"conversation":"x"}}') as unknown,
  () => 12345678901234567890n,
  () => new Uint8Array(3),
  drawText,
  drawNumber,
  () => nested(300),
];

function nested(depth: number): unknown {
  let value: unknown = 'x';
  for (let level = 0; level < depth; level++)
    value = level % 3 === 0 ? [value] : { [level % 3 === 1 ? 'message' : 'ephemeralMessage']: value };
  return value;
}
