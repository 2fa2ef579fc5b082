import { Readable } from 'node:stream';
import { Type } from 'typebox';
import type { Log } from '../log.ts';
import { followEvents } from '../outbox/follow-events.ts';
import type { FoundEvents, StoredEvent } from '../outbox/list-events.ts';
import type { HttpDeps } from './deps.ts';
import { cursorOf, eventQuery, lastEventId, namesOf } from './event-query.ts';
import { route, type Route } from './route.ts';
import type { WaitingPlaces } from './waiting-places.ts';

const heartbeatMs = 15_000;
const reconnectMs = 3000;

/** What a stream holds in memory at most, beside the one event that may be larger. */
const page = { limit: 100, bytesMax: 1024 * 1024 };

/** The events of an instance as Server-Sent Events (WHATWG HTML, 9.2), for as long as the caller listens. */
export function streamEvents({ eventLog, clock, log }: HttpDeps, places: WaitingPlaces): Route {
  return route({
    method: 'GET',
    path: '/instances/:id/events/stream',
    permission: 'read',
    operationId: 'stream-events',
    summary: 'Stream of the events of an instance',
    description:
      'Server-Sent Events: `id` is the id of the event, `event` its name, `data` the body that webhooks get. The header `Last-Event-ID` resumes after an event and goes before `after`. A comment comes every 15 seconds without events.',
    tag: 'events',
    query: Type.Object(eventQuery, { additionalProperties: false }),
    headers: Type.Object({ 'last-event-id': Type.Optional(Type.String()) }),
    isLimited: true,
    isStream: true,
    answer: Type.String({ description: 'Server-Sent Events.' }),
    async handle(call) {
      const after = lastEventId(call.header('last-event-id')) ?? call.query.after;
      const names = namesOf(call.query.events);
      const { id } = await call.instance();
      const leave = places.take(call.token.id);
      const listener = eventLog.signals.listen(id);
      call.whenGone(() => {
        listener.end();
        leave();
      });
      const cursor = await cursorOf(after, id, eventLog);
      const from = { instanceId: id, after: cursor, names, ...page };
      const pages = followEvents(eventLog.read, listener, from, { clock, quietMs: heartbeatMs });
      return Readable.from(framesOf(pages, cursor, log), { objectMode: false });
    },
  });
}

/** It begins with where it stands, so that who is cut off before the first event goes on from there. */
async function* framesOf(
  pages: AsyncIterable<FoundEvents>,
  start: string,
  log: Log,
): AsyncGenerator<string | Uint8Array> {
  yield `retry: ${reconnectMs}\nid: ${start}\n\n`;
  try {
    for await (const { events, cursor } of pages) {
      if (events.length === 0) yield `:\nid: ${cursor}\n\n`;
      for (const event of events) yield frameOf(event);
    }
  } catch (error) {
    // The answer has begun: its end is all that can be said. The caller comes again after its last event.
    log.error({ err: error }, 'A stream of events ended: its events could not be read.');
  }
}

/** JSON has no line breaks outside of its texts, and none inside: a body is one line. */
function frameOf({ id, name, body }: StoredEvent): Uint8Array {
  return Buffer.concat([Buffer.from(`id: ${id}\nevent: ${name}\ndata: `), body, Buffer.from('\n\n')]);
}
