import { Type } from 'typebox';
import { GatewayError } from '../errors.ts';
import { numberMax } from './envelopes.ts';

const said = 'Milliseconds since 1970, or a time such as `2026-11-26T08:00:00Z`.';

/** A time of a caller: in a query it is text. */
export const TimeText = Type.String({ minLength: 1, maxLength: 40, description: said });
export const TimeValue = Type.Union([Type.Integer({ minimum: 0, maximum: numberMax }), TimeText], {
  description: said,
});

/**
 * Milliseconds since 1970; undefined when none is given.
 *
 * @throws GatewayError `invalid_request` naming the field when it is no time.
 */
function timeOf(field: string, value: string | number | undefined): number | undefined {
  if (value === undefined || typeof value === 'number') return value;
  const ms = /^\d{1,15}$/.test(value)
    ? Number(value)
    : isoPattern.test(value)
      ? Date.parse(value)
      : Number.NaN;
  if (Number.isFinite(ms) && ms >= 0) return ms;
  throw invalidField(
    field,
    `The ${field} field must be milliseconds since 1970, or a time such as 2026-11-26T08:00:00Z.`,
  );
}

/**
 * From when to when, in milliseconds since 1970; what was left out is undefined.
 *
 * @throws GatewayError `invalid_request` when one is no time, or nothing can be between them.
 */
export function periodOf({ since, until }: Period): {
  sinceMs: number | undefined;
  untilMs: number | undefined;
} {
  const sinceMs = timeOf('since', since);
  const untilMs = timeOf('until', until);
  if (sinceMs !== undefined && untilMs !== undefined && untilMs < sinceMs)
    throw invalidField('until', 'The until field is before since, so there is nothing between them.');
  return { sinceMs, untilMs };
}

interface Period {
  readonly since?: string | number;
  readonly until?: string | number;
}

/** Without a zone, only a day: JavaScript takes a time without one as local. */
const isoPattern = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** The refusal of one field, in the form of the validation. */
export function invalidField(field: string, sentence: string): GatewayError {
  return new GatewayError('invalid_request', 'The given data was invalid.', {
    fields: { [field]: [sentence] },
  });
}
