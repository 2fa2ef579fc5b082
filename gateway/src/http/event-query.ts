import { eventNames, type EventName } from '@eazewa/sdk/events';
import { Type } from 'typebox';
import { eventIdPattern, noEventId } from '../ids.ts';
import type { EventLog } from './deps.ts';
import { knownNames } from './known-names.ts';
import { invalidField } from './times.ts';

const latest = 'latest';

/** The parameters that both ways to fetch events have. */
export const eventQuery = {
  after: Type.Optional(
    Type.String({
      pattern: `^(${eventIdPattern}|${latest})$`,
      description:
        'The id of an event: only those after it. "latest": only those that come from now on. Left out: from the oldest that is kept.',
    }),
  ),
  events: Type.Optional(
    Type.String({
      maxLength: 1000,
      description: 'Only these events: their names, with commas between them.',
      examples: ['message,call'],
    }),
  ),
};

/** The event id after which a caller wants the events of an instance. */
export async function cursorOf(
  after: string | undefined,
  instanceId: number,
  { range }: Pick<EventLog, 'range'>,
): Promise<string> {
  if (after === latest) return (await range(instanceId)).newest ?? noEventId;
  return after ?? noEventId;
}

/**
 * The id that an event stream is resumed after, which its header `Last-Event-ID` has.
 *
 * @throws GatewayError `invalid_request` when it is none
 */
export function lastEventId(header: string | undefined): string | undefined {
  if (header === undefined || header === '') return undefined;
  if (new RegExp(`^${eventIdPattern}$`).test(header)) return header;
  throw invalidField('Last-Event-ID', 'The Last-Event-ID header must be the id of an event, or left out.');
}

/**
 * The names of `events=message,call`; null for all.
 *
 * @throws GatewayError `invalid_request` when there is no such event
 */
export function namesOf(text: string | undefined): readonly EventName[] | null {
  return knownNames<EventName>('events', text, eventNames) ?? null;
}
