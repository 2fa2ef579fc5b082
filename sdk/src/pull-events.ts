import { ApiError } from './api-error.ts';
import type { EventBody, EventName } from './events.ts';
import { InvalidBody, parseWebhook } from './parse.ts';
import { isRecord } from './resources.ts';

/** An event as it is fetched: the body of a webhook request, with the id that such a request has as `webhook-id`. */
export type PulledEvent = EventBody & { readonly id: string; readonly recordedAt: number };

/** Which events of an instance to fetch. */
export interface EventsPage {
  /** The id of an event: only those after it. `latest`: only those from now on. Left out: from the oldest kept. */
  readonly after?: string;
  /** While there is none, wait for one, at most so many seconds (0 to 60); 0 when left out. */
  readonly wait?: number;
  /** At most so many, 1 to 100. */
  readonly limit?: number;
  /** Only these; all when left out. */
  readonly events?: readonly EventName[];
  readonly signal?: AbortSignal;
}

export interface PulledEvents {
  /** Oldest first. Those whose names this version does not know are left out. */
  readonly events: readonly PulledEvent[];
  /** What to go on after, also when there was no event. */
  readonly cursor: string;
  /** The oldest event that is kept; what was after an earlier cursor may be removed by age. Null when there is none. */
  readonly oldest: string | null;
}

export interface Following {
  /** As in `EventsPage`: the id of the last event that you handled. */
  readonly after?: string;
  readonly events?: readonly EventName[];
  /** Ends it, also in the middle of a wait. */
  readonly signal?: AbortSignal;
  /** How long to pause after a call that failed, in milliseconds: 1000 when left out, more after each further one. */
  readonly pauseMs?: number;
}

/** Seconds that a call waits for events; below what proxies usually allow. */
const waitS = 20;
const pausesMax = 16;

/** Page after page, each event once, until the signal ends it; a gateway that cannot be reached is asked again. */
export async function* followEvents(
  fetchPage: (page: EventsPage) => Promise<PulledEvents>,
  { after, events, signal, pauseMs = 1000 }: Following,
): AsyncGenerator<PulledEvent, void, undefined> {
  let cursor = after;
  let failures = 0;
  while (!isEnded(signal)) {
    // Where "latest" is must be known before it waits: an answer that is lost would be a gap.
    const wait = cursor === 'latest' ? 0 : waitS;
    const page = { wait, ...defined({ after: cursor, events, signal }) };
    const found = await fetchPage(page).catch((error: unknown) => passingOr(error, signal));
    if (found instanceof ApiError) {
      const longer = Math.min(2 ** failures++, pausesMax) * pauseMs;
      await pause(Math.max(longer, (found.retryAfterS ?? 0) * 1000), signal);
      continue;
    }
    failures = 0;
    for (const event of found.events) {
      if (isEnded(signal)) return;
      yield event;
    }
    cursor = found.cursor;
  }
}

/** The parameters of a page in an address. */
export function eventsQuery({ after, wait, limit, events }: EventsPage): string {
  const query = new URLSearchParams();
  const given = defined({ after, wait, limit, events: events?.join(',') });
  for (const [name, value] of Object.entries(given)) query.set(name, String(value));
  return query.size === 0 ? '' : `?${query.toString()}`;
}

/**
 * @throws ApiError `bad_answer` when it is no page of events
 */
export function readEvents(answer: unknown): PulledEvents {
  const { events, cursor, oldest = null } = isRecord(answer) ? answer : {};
  const isPage = Array.isArray(events) && typeof cursor === 'string';
  if (!isPage || !(oldest === null || typeof oldest === 'string')) throw badAnswer('no usable "events"');
  return { events: events.flatMap((event: unknown) => readEvent(event)), cursor, oldest };
}

/** None when a newer gateway knows more events than this version. */
function readEvent(event: unknown): PulledEvent[] {
  try {
    const body = parseWebhook(isRecord(event) ? event : {});
    if (isPulled(body)) return [body];
  } catch (error) {
    if (error instanceof InvalidBody && error.code === 'unknown_event') return [];
    throw badAnswer(error instanceof Error ? error.message : 'an event that is none');
  }
  throw badAnswer('an event without an id');
}

function isPulled(body: EventBody): body is PulledEvent {
  return 'id' in body && typeof body.id === 'string' && 'recordedAt' in body;
}

function badAnswer(problem: string): ApiError {
  return new ApiError('bad_answer', `The answer has ${problem}.`, { status: 200 });
}

/** What may be over at the next try; anything else is thrown. What fails because it was ended is no failure. */
function passingOr(error: unknown, signal: AbortSignal | undefined): ApiError {
  if (!(error instanceof ApiError)) throw error;
  const isPassing = ['unreachable', 'server_error', 'too_many_requests'].includes(error.code);
  if (!isPassing && !isEnded(signal)) throw error;
  return error;
}

function isEnded(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (isEnded(signal)) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}

/** Only what was said. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
