import { Type, type Static } from 'typebox';
import { waitForEvents } from '../outbox/follow-events.ts';
import type { EventsPage, FoundEvents, StoredEvent } from '../outbox/list-events.ts';
import type { HttpDeps } from './deps.ts';
import { cursorOf, eventQuery, namesOf } from './event-query.ts';
import { streamEvents } from './event-stream.ts';
import { route, type Call, type Route } from './route.ts';
import { WaitingPlaces } from './waiting-places.ts';

const limitMax = 100;
const waitMaxS = 60;
const answerBytesMax = 4 * 1024 * 1024;
const places = { perToken: 100, inAll: 1000 };

/** The events themselves, for those whom webhooks cannot reach; the contract has nothing like it. */
export function eventRoutes(deps: HttpDeps): Route[] {
  const waiting = new WaitingPlaces(deps.waitingPlaces ?? places);
  return [listEvents(deps, waiting), streamEvents(deps, waiting)];
}

const Query = Type.Object(
  {
    ...eventQuery,
    wait: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: waitMaxS,
        default: 0,
        description: 'While there is no event, the answer waits for one, at most so many seconds.',
      }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limitMax, default: limitMax })),
  },
  { additionalProperties: false },
);

const Event = Type.Object({
  id: Type.String({ description: 'The same as the header `webhook-id` of a webhook request.' }),
  event: Type.String(),
  instanceId: Type.String(),
  data: Type.Object({}),
  recordedAt: Type.Integer({ description: 'Milliseconds since 1970.' }),
});

function listEvents({ eventLog, clock }: HttpDeps, places: WaitingPlaces): Route {
  return route({
    method: 'GET',
    path: '/instances/:id/events',
    permission: 'read',
    operationId: 'list-events',
    summary: 'Events of an instance',
    description:
      'Oldest first, with the same ids and bodies that webhooks get, whether a webhook wants them or not. Ids grow in the order of the events: go on with `after=<cursor>`, or with `links.next`. An answer has at most 4 MB of events.',
    tag: 'events',
    query: Query,
    isLimited: true,
    answer: Type.Object({
      events: Type.Array(Event),
      cursor: Type.String({ description: 'What to go on after, also when there was no event.' }),
      oldest: Type.Union([Type.String(), Type.Null()], {
        description: 'The oldest event that is kept. What was after an earlier cursor may be removed by age.',
      }),
      links: Type.Object({ self: Type.String(), next: Type.String() }),
      status: Type.Literal('success'),
    }),
    async handle(call) {
      const { after, wait = 0, limit = limitMax, events } = call.query;
      const { id } = await call.instance();
      const names = namesOf(events);
      const leave = wait === 0 ? () => undefined : places.take(call.token.id);
      const listener = eventLog.signals.listen(id);
      const cancel = clock.after(wait * 1000, () => listener.end());
      if (wait === 0) listener.end();
      call.whenGone(() => listener.end());
      try {
        const cursor = await cursorOf(after, id, eventLog);
        const page: EventsPage = { instanceId: id, after: cursor, names, limit, bytesMax: answerBytesMax };
        const found = await waitForEvents(eventLog.read, listener, page);
        const { oldest } = await eventLog.range(id);
        return answerOf(found, oldest, { self: call.self, next: nextOf(call, found.cursor) });
      } finally {
        cancel();
        listener.end();
        leave();
      }
    },
  });
}

function nextOf({ self, query }: Call<unknown, Static<typeof Query>>, cursor: string): string {
  const { wait, limit, events } = query;
  const next = new URLSearchParams({ after: cursor });
  for (const [name, value] of Object.entries({ wait, limit, events })) {
    if (value !== undefined) next.set(name, String(value));
  }
  return `${self}?${next.toString()}`;
}

/** The bodies are JSON already: they become part of the answer as they are. */
function answerOf({ events, cursor }: FoundEvents, oldest: string | null, links: object): Buffer {
  const tail = JSON.stringify({ cursor, oldest, links, status: 'success' }).slice(1);
  const parts = events.flatMap((event, place) => [Buffer.from(place === 0 ? '' : ','), ...withId(event)]);
  return Buffer.concat([Buffer.from('{"events":['), ...parts, Buffer.from(`],${tail}`)]);
}

function withId({ id, body, recordedAt }: StoredEvent): Uint8Array[] {
  const inside = body.subarray(1, -1);
  return [Buffer.from(`{"id":"${id}",`), inside, Buffer.from(`,"recordedAt":${recordedAt}}`)];
}
