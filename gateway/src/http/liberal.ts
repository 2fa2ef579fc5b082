import { Type, type TObject, type TSchema } from 'typebox';

/**
 * A request as it was meant: forms and queries know only text, and PHP sends booleans as 1 and 0. Where the schema asks
 * for a boolean or a number, their texts count; where it allows null, so does an empty text. Text stays text: a
 * message `12345` is not a number.
 */
export function liberal(schema: TSchema, value: unknown): unknown {
  if (Type.IsObject(schema)) return isPlainObject(value) ? liberalObject(schema, value) : value;
  if (Type.IsArray(schema)) {
    return Array.isArray(value) ? value.map((item) => liberal(schema.items, item)) : value;
  }
  if (Type.IsBoolean(schema)) return booleans.get(value) ?? value;
  if (Type.IsInteger(schema))
    return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (Type.IsNumber(schema))
    return typeof value === 'string' && /^\d{1,15}(\.\d{1,15})?$/.test(value) ? Number(value) : value;
  if (Type.IsUnion(schema)) return liberalChoice(schema.anyOf, value);
  return value;
}

/** What one of the choices makes of it; text stays text where text may be. */
function liberalChoice(choices: readonly TSchema[], value: unknown): unknown {
  if (value === '' && choices.some((choice) => Type.IsNull(choice))) return null;
  if (typeof value !== 'string' || choices.some((choice) => Type.IsString(choice))) return value;
  return choices.map((choice) => liberal(choice, value)).find((made) => made !== value) ?? value;
}

const booleans = new Map<unknown, boolean>([
  [1, true],
  ['1', true],
  ['true', true],
  [0, false],
  ['0', false],
  ['false', false],
]);

/** Only what the schema knows, as what else was sent is of no use to anybody; unless the schema refuses it. */
function liberalObject(schema: TObject, value: object): Record<string, unknown> {
  const { properties } = schema;
  const keys = Reflect.get(schema, 'additionalProperties') === false ? value : properties;
  const sent = Object.keys(keys).filter((key) => Object.hasOwn(value, key));
  return Object.fromEntries(
    sent.map((key) => {
      const given: unknown = Reflect.get(value, key);
      const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
      return [key, known === undefined ? given : liberal(known, given)];
    }),
  );
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
