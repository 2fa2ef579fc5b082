import { namedByLid } from '../events/named-by-lid.ts';
import { translate } from '../events/translate.ts';
import type { Context, InboxRow, Needs, Translation } from '../events/translation.ts';
import type { ContextParts } from './fetch-context.ts';

/** A translation, or why there is none. */
export type Translated = Translation | { readonly problem: string };

/**
 * Translates a row, and never throws for what is in it. Whom the result names by LID, and `wanted` did not ask for, is looked
 * up, and the row translated once more when a number is known: only the translation knows whom a content names, since that
 * may be encrypted, held until now, or what a program asked to send.
 *
 * @throws StoreFailure when the store is down.
 */
export async function translateRow(
  row: InboxRow,
  wanted: Needs,
  context: Context,
  { addresses }: Pick<ContextParts, 'addresses'>,
): Promise<Translated> {
  const translated = translateSafely(row, context);
  if ('problem' in translated || translated.do !== 'record') return translated;
  const lids = translated.messages.flatMap(({ data }) => namedByLid(data));
  const asked = new Set(wanted.addresses);
  const unasked = [...new Set(lids)].filter((lid) => !asked.has(lid));
  const found = await addresses.otherForms(unasked);
  if (found.size === 0) return translated;
  return translateSafely(row, { ...context, otherForm: new Map([...context.otherForm, ...found]) });
}

function translateSafely(row: InboxRow, context: Context): Translated {
  try {
    return translate(row, context);
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
