import type { MessageData, RawMessageData } from '@eazewa/sdk/events';
import { isLid } from '../jid.ts';

/**
 * The LIDs by which the data of a message names people, as contact ids: who is mentioned, quoted, sells, ... They have the
 * phone form as soon as that is looked up and known.
 */
export function namedByLid({ _data }: MessageData): string[] {
  const told = Object.entries(_data).filter(([name]) => !staysLid.has(name));
  return [...new Set(told.flatMap(([, value]) => textsIn(value)).filter(isLid))];
}

/** What has LIDs also when the numbers are known. */
const staysLid: ReadonlySet<string> = new Set<keyof RawMessageData>(['lid', 'mentionedAs', 'content']);

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
