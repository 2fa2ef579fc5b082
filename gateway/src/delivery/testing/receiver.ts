import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { patienceMs, waitedInVain } from '../../testing/until.ts';

/** A request as a receiver saw it. Times are milliseconds of the monotonic clock. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** What the body says; null when it is not JSON. */
  readonly body: ReceivedBody | null;
  readonly bytes: Buffer;
  /** The event's stable id. */
  readonly eventId: string;
  /** The attempt's number, as the gateway says. */
  readonly attempt: number;
  readonly lane: string;
  readonly openedAt: number;
  /** When the response was complete or the connection gone; null while it is open. */
  closedAt: number | null;
  /** The status that the receiver answered with; null for none. */
  status: number | null;
}

export interface ReceivedBody {
  readonly event: string;
  readonly instanceId: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a receiver does with a request: answer with a status, never answer, cut the connection, or write what is no HTTP. */
export type Answer = number | 'hang' | 'reset' | 'close' | 'garbage';

export interface ReceiverOptions {
  /** 200 unless it says otherwise. */
  readonly answer?: (request: ReceivedRequest) => Answer | Promise<Answer>;
  /** Which requests must keep their order among themselves; by default those of one path, instance and chat. */
  readonly laneOf?: (request: Omit<ReceivedRequest, 'lane'>) => string;
  readonly port?: number;
}

export interface Receiver {
  readonly url: string;
  readonly port: number;
  /** In the order of arrival. */
  readonly requests: readonly ReceivedRequest[];
  /** Changes what is answered from now on. */
  answerWith(answer: NonNullable<ReceiverOptions['answer']>): void;
  /**
   * Resolves once `condition` holds; it is looked at after each request and each response. Rejects when that takes too
   * long, with what came last.
   */
  until(condition: (requests: readonly ReceivedRequest[]) => boolean): Promise<void>;
  /** Resolves once so many requests have come. */
  received(count: number): Promise<void>;
  /** Resolves once all is read that processes wrote which are gone, and their connections are. */
  untilAllLeft(): Promise<void>;
  /** Stops listening and cuts all connections. */
  close(): Promise<void>;
  /** Listens again, on the same port. */
  reopen(): Promise<void>;
}

/** Starts a real HTTP server on loopback that records everything and answers as it is told. */
export async function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const waiting = new Set<() => void>();
  const sockets = new Set<Socket>();
  let answer = options.answer ?? (() => 200);
  const look = () => waiting.forEach((check) => check());

  const server = createServer((incoming, response) => {
    const openedAt = performance.now();
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('error', () => {});
    incoming.on('end', () => {
      const request = describe(incoming.url ?? '', incoming.headers, Buffer.concat(chunks), openedAt);
      requests.push(request);
      response.on('close', () => {
        request.closedAt ??= performance.now();
        look();
      });
      look();
      void Promise.resolve(answer(request)).then((given) => give(given, request, response));
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      look();
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  function describe(
    path: string,
    headers: IncomingHttpHeaders,
    bytes: Buffer,
    openedAt: number,
  ): ReceivedRequest {
    const request = {
      path,
      headers,
      bytes,
      body: parse(bytes),
      eventId: String(headers['webhook-id']),
      attempt: Number(headers['webhook-attempt']),
      openedAt,
      closedAt: null,
      status: null,
    };
    return { ...request, lane: (options.laneOf ?? laneOf)(request) };
  }

  function until(condition: (requests: readonly ReceivedRequest[]) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        waiting.delete(check);
        reject(waitedInVain(condition, patienceMs, () => requests.slice(-10).map(inShort)));
      }, patienceMs);
      limit.unref();
      const check = () => {
        if (!condition(requests)) return;
        clearTimeout(limit);
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  }

  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    requests,
    answerWith: (changed) => (answer = changed),
    until,
    received: (count) => until((requests) => requests.length >= count),
    async untilAllLeft() {
      // Connections are accepted in their order: once this one is, all that were before it are in `sockets`.
      if (server.listening) await visit(port);
      await until(() => sockets.size === 0);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // What is answered has left: else the answer would count and never arrive.
        sockets.forEach((socket) => socket.destroySoon());
      }),
    reopen: () => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve)),
  };
}

/** Connects, and resolves once the other end has let go. */
function visit(port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end());
    socket
      .resume()
      .on('error', () => {})
      .on('close', () => resolve());
  });
}

function inShort({ path, body, attempt, status }: ReceivedRequest): string {
  return `${path} ${body?.event ?? 'no JSON'}, attempt ${attempt}, answered with ${status ?? 'nothing'}`;
}

function give(answer: Answer, request: ReceivedRequest, response: ServerResponse): void {
  if (answer === 'hang') return;
  if (answer === 'reset') response.socket?.resetAndDestroy();
  else if (answer === 'close') response.socket?.destroy();
  else if (answer === 'garbage') response.socket?.end('This is no answer.\r\n\r\n');
  else {
    request.status = answer;
    request.closedAt = performance.now();
    response.writeHead(answer).end();
  }
}

function parse(bytes: Buffer): ReceivedBody | null {
  try {
    const body: unknown = JSON.parse(bytes.toString());
    return isBody(body) ? body : null;
  } catch {
    return null;
  }
}

function isBody(body: unknown): body is ReceivedBody {
  return isObject(body) && isObject(body['data']);
}

/** The path, the instance and, for what concerns a chat, the chat. */
function laneOf({ path, body }: Omit<ReceivedRequest, 'lane'>): string {
  return `${path} ${body?.instanceId} ${JSON.stringify(chatOf(body?.data ?? {}) ?? null)}`;
}

function chatOf({ message, after, reaction, vote, notification, call, lane }: ReceivedBody['data']): unknown {
  if (isObject(message) && isObject(message['id'])) return remoteOf(message['id']);
  if (isObject(after)) return remoteOf(after['id']);
  if (isObject(reaction)) return remoteOf(reaction['msgId']);
  if (isObject(vote)) return remoteOf(vote['parentMsgKey']);
  if (isObject(notification)) return notification['chatId'];
  // The call of a group is in the lane of the group, which it does not name.
  if (isObject(call)) return call['isGroup'] === true ? `call ${String(call['id'])}` : call['from'];
  return lane;
}

function remoteOf(id: unknown): unknown {
  return isObject(id) ? id['remote'] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

export interface Expectation {
  /** Event ids that must have arrived, per lane, in the order in which they were recorded. */
  readonly recorded?: ReadonlyMap<string, readonly string[]>;
  /** Times (monotonic) at which the gateway was killed: each explains one repetition per lane. */
  readonly kills?: readonly number[];
  /** Events that the gateway's log has a timed-out attempt of: the answer was given, and came too late for it. */
  readonly timedOut?: ReadonlySet<string>;
}

/**
 * What a receiver can say about the promises; empty when they were kept. Nothing is lost; first arrivals keep the
 * order of their lane; a lane never has two requests open; a repetition follows a silence or a kill; bodies are the
 * same bytes each time.
 */
export function brokenPromises(requests: readonly ReceivedRequest[], expected: Expectation = {}): string[] {
  const broken: string[] = [];
  for (const [lane, of] of Map.groupBy(requests, (request) => request.lane)) {
    broken.push(...overlaps(lane, of), ...repetitions(lane, of, expected));
  }
  for (const [lane, ids] of expected.recorded ?? []) {
    broken.push(
      ...lossAndOrder(
        lane,
        ids,
        requests.filter((request) => request.lane === lane),
      ),
    );
  }
  return broken;
}

function overlaps(lane: string, requests: readonly ReceivedRequest[]): string[] {
  return requests.flatMap((request, index) => {
    const before = requests[index - 1];
    const isOverlapping = before && (before.closedAt === null || before.closedAt > request.openedAt);
    return isOverlapping ? [`lane ${lane}: ${request.eventId} began while ${before.eventId} was open`] : [];
  });
}

function repetitions(
  lane: string,
  requests: readonly ReceivedRequest[],
  { kills = [], timedOut = new Set() }: Expectation,
): string[] {
  const broken: string[] = [];
  for (const [eventId, attempts] of Map.groupBy(requests, (request) => request.eventId)) {
    const hashes = new Set(attempts.map(({ bytes }) => createHash('sha256').update(bytes).digest('hex')));
    if (hashes.size > 1) broken.push(`lane ${lane}: ${eventId} came with ${hashes.size} different bodies`);
    attempts.slice(1).forEach((attempt, index) => {
      const before = attempts[index] ?? attempt;
      const isKill = kills.some((at) => at >= before.openedAt && at <= attempt.openedAt);
      if (before.status !== null && !isKill && !timedOut.has(eventId)) {
        const times = `at ${seconds(before.openedAt)}, again at ${seconds(attempt.openedAt)}; kills ${kills.map(seconds).join(', ')}`;
        broken.push(
          `lane ${lane}: ${eventId} came again after it was answered with ${before.status} (${times})`,
        );
      }
    });
  }
  return broken;
}

/** Of this process. */
function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function lossAndOrder(lane: string, ids: readonly string[], requests: readonly ReceivedRequest[]): string[] {
  const arrived = [...new Set(requests.map((request) => request.eventId))];
  const lost = ids.filter((id) => !arrived.includes(id));
  if (lost.length > 0) return [`lane ${lane}: ${lost.length} of ${ids.length} never came, first ${lost[0]}`];
  const place = arrived.findIndex((id, index) => id !== ids[index]);
  return place < 0 ? [] : [`lane ${lane}: place ${place + 1} should be ${ids[place]}, was ${arrived[place]}`];
}
