import { timingSafeEqual, hash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ApiError, eventKey, HandledEvents, InvalidBody, parseWebhook, type Client } from '@eazewa/sdk';
import { nameOf, replyTo } from './reply.ts';

export interface BotOptions {
  readonly client: Pick<Client, 'sendMessage'>;
  /** The last part of the webhook's URL, `/webhooks/<token>`: whoever knows it may tell us of events. */
  readonly webhookToken: string;
  /** Gets one line for each message. */
  readonly say: (line: string) => void;
}

/** A web server for webhooks that answers messages. It is not listening yet. */
export function createBot(options: BotOptions): Server {
  const handled = new HandledEvents();
  return createServer((request, response) => {
    receive(request, options, handled).then(
      (status) => respond(response, status),
      (error: unknown) => fail(response, error, options),
    );
  });
}

/**
 * Handles one webhook request; the result is the status to answer with. We answer after the work is done: if we crash
 * in between, the gateway has no answer and sends the event again.
 */
async function receive(
  request: IncomingMessage,
  { client, webhookToken, say }: BotOptions,
  handled: HandledEvents,
): Promise<number> {
  const [, folder, token = ''] = (request.url ?? '').split('/');
  if (request.method !== 'POST' || folder !== 'webhooks') return 404;
  if (!isSame(token, webhookToken)) return 401;

  const body = parseWebhook(await read(request));
  if (body.event !== 'message') return 200;
  const { message } = body.data;
  const text = replyTo(message);
  if (text === null) return 200;

  const key = eventKey(body, request.headers['webhook-id']?.toString()) ?? undefined;
  if (key !== undefined && handled.has(key)) return 200;
  say(`${nameOf(message)} wrote: ${message.body}`);
  say(`I answer: ${text}`);
  // The key makes the call safe to repeat: for the same event the gateway sends one message, also after a restart.
  await client.sendMessage(body.instanceId, { chatId: message.from, message: text }, key);
  if (key !== undefined) handled.add(key);
  return 200;
}

/** Compares in constant time, so that the time taken tells nothing about the token. */
function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer'));
}

/** A media message comes with its file inside. */
const bodyBytesMax = 100 * 1024 * 1024;

async function read(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyBytesMax) throw new InvalidBody('not_an_event', `The body is over ${bodyBytesMax} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function respond(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}

/**
 * What failed for a while must come again: the gateway repeats an event until it gets a response, so we give none.
 * What would fail again is answered with an error, which the gateway writes down and does not repeat.
 */
function fail(response: ServerResponse, error: unknown, { say }: BotOptions): void {
  if (error instanceof InvalidBody) return respond(response, error.code === 'unknown_event' ? 200 : 400);
  say(`I could not answer: ${error instanceof Error ? error.message : String(error)}`);
  if (error instanceof ApiError && passing.has(error.code)) response.destroy();
  else respond(response, 500);
}

const passing = new Set<string>(['unreachable', 'too_many_requests', 'server_error']);
