import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import { liberal } from './liberal.ts';
import { whatElse } from './known-names.ts';

/** A body or query that does not have the shape it must have; `fields` says what is wrong with each. */
export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest';
  readonly fields: Readonly<Record<string, string[]>>;

  constructor(fields: Readonly<Record<string, string[]>>) {
    super('The given data was invalid.');
    this.fields = fields;
  }
}

/** Checks bodies and queries against their schema. Parameters of the path are looked up, not checked: wrong is not found. */
export const compileSchema: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  if (httpPart === 'params' || httpPart === 'headers') return () => true;
  const validator = Compile(schema);
  return (given: unknown) => {
    const value = liberal(schema, given ?? {});
    if (validator.Check(value)) return { value };
    return { error: new InvalidRequest(describe(validator.Errors(value), value, schema)) };
  };
};

/** The first error of each field; an alternative that does not fit reports one for every choice. */
function describe(
  errors: readonly TLocalizedValidationError[],
  value: unknown,
  schema: TSchema,
): Record<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const error of errors) {
    const place = keysOf(error.instancePath);
    for (const part of namedIn(error)) {
      const field = [...place, ...(part === null ? [] : [part])].join('.') || 'body';
      if (!fields.has(field)) fields.set(field, [sentence(field, error, at(value, place), schema)]);
    }
  }
  return Object.fromEntries(fields);
}

/** The properties that an error of an object is about; null: the value itself. */
function namedIn(error: TLocalizedValidationError): readonly (string | null)[] {
  if (error.keyword === 'required') return error.params.requiredProperties;
  if (error.keyword === 'additionalProperties') return error.params.additionalProperties;
  return [null];
}

function keysOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function at(root: unknown, keys: readonly string[]): unknown {
  return keys.reduce((value, key): unknown => {
    return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  }, root);
}

function sentence(field: string, error: TLocalizedValidationError, value: unknown, schema: TSchema): string {
  const keyword: string = error.keyword;
  const limit = String(at(error.params, ['limit']));
  switch (keyword) {
    case 'required':
      return `The ${field} field is required.`;
    case 'type':
      return `The ${field} field must be ${typeNames.get(at(error.params, ['type'])) ?? 'of another type'}.`;
    case 'enum':
      return `The selected ${field} is invalid.${whatThen(value, at(error.params, ['allowedValues']))}`;
    // Of a schema that takes no others there are two errors: of the field, and of what it is in.
    case 'boolean':
    case 'additionalProperties':
      return `There is no field ${field}.${whatThen(field, Object.keys(Object(at(schema, ['properties']))))}`;
    case 'minLength':
      return `The ${field} field ${limit === '1' ? 'is required' : `must be at least ${limit} characters`}.`;
    case 'maxLength':
      return `The ${field} field must not be greater than ${limit} characters.`;
    case 'minItems':
      return `The ${field} field must have at least ${limit} ${limit === '1' ? 'item' : 'items'}.`;
    case 'maxItems':
      return `The ${field} field must not have more than ${limit} items.`;
    case 'minimum':
      return `The ${field} field must be at least ${limit}.`;
    case 'maximum':
      return `The ${field} field must not be greater than ${limit}.`;
    case 'pattern':
      return `The ${field} field format is invalid.${descriptionAt(schema, keysOf(error.schemaPath))}`;
    default:
      return `The ${field} field is invalid.`;
  }
}

const typeNames = new Map<unknown, string>([
  ['string', 'a string'],
  ['boolean', 'true or false'],
  ['array', 'an array'],
  ['object', 'an object'],
  ['integer', 'an integer'],
  ['number', 'a number'],
]);

function whatThen(value: unknown, allowed: unknown): string {
  if (typeof value !== 'string' || !Array.isArray(allowed)) return '';
  return whatElse(value, allowed.map(String));
}

function descriptionAt(schema: TSchema, keys: readonly string[]): string {
  const description = at(schema, [...keys, 'description']);
  return typeof description === 'string' ? ` ${description}` : '';
}
