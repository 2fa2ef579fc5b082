import { GatewayError } from '../errors.ts';
import { nearest } from '../nearest.ts';

/** More names than these are for the documentation. */
const shownMax = 10;

/** What to say instead of a name that is not known, as a sentence with a space before it; empty when nobody can tell. */
export function whatElse(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  if (meant !== undefined) return ` Did you mean "${meant}"?`;
  return known.length > 0 && known.length <= shownMax ? ` It can be: ${known.join(', ')}.` : '';
}

/**
 * The names of a parameter such as `states=rejected,parked`; undefined when it was left out.
 *
 * @throws GatewayError `invalid_request` naming the field when one of them is not known
 */
export function knownNames<T extends string>(
  field: string,
  text: string | undefined,
  known: readonly T[],
): readonly T[] | undefined {
  return text?.split(',').map((part) => {
    const name = part.trim();
    const found = known.find((one) => one === name);
    if (found !== undefined) return found;
    const sentence = `The selected ${field} is invalid.${whatElse(name, known)}`;
    throw new GatewayError('invalid_request', 'The given data was invalid.', {
      fields: { [field]: [sentence] },
    });
  });
}
