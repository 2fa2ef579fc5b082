import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { StoreFailure } from '../database/database.ts';
import { GatewayError, type ErrorCode } from '../errors.ts';
import type { Log } from '../log.ts';
import { actionFailed } from './envelopes.ts';
import { selfOf } from './links.ts';
import { InvalidRequest } from './validation.ts';

type Problem = ErrorCode | 'too_many_requests' | 'unsupported_media_type' | 'method_not_allowed' | 'internal';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller is told whose body is larger than the route takes, if more than that. */
    readonly bodyTooLarge?: string;
  }
}

/** The one place that knows status numbers. */
export const statusOf: Record<Problem, number> = {
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  invalid_body: 400,
  body_too_large: 413,
  unsupported_media_type: 415,
  invalid_request: 422,
  too_many_requests: 429,
  // The request reached the instance; that the action was not carried out is said inside.
  action_failed: 200,
  gone: 410,
  // Somebody whom the gateway depends on did not give what it needs.
  upstream_failed: 502,
  internal: 500,
  store_unavailable: 503,
};

/** The same call came too often; it may come again after `retryAfterS` seconds. */
export class TooManyRequests extends Error {
  override readonly name = 'TooManyRequests';
  readonly retryAfterS: number;

  constructor(message: string, retryAfterS: number) {
    super(message);
    this.retryAfterS = retryAfterS;
  }
}

/** Answers every failure in the contract's form. What is not the caller's fault is logged and hidden. */
export function answerErrors(app: FastifyInstance, publicUrl: string | null, log: Log): void {
  app.setErrorHandler((error: FastifyError, request, reply) =>
    answerError(error, request, reply, publicUrl, log),
  );
  app.setNotFoundHandler((_request, reply) => answerNothingHere(reply));
}

/** Answers one failure; also for those that come before any route (a malformed URL). */
export function answerError(
  error: Error,
  request: FastifyRequest,
  reply: FastifyReply,
  publicUrl: string | null,
  log: Log,
): FastifyReply {
  if (error instanceof GatewayError) return answerGatewayError(error, request, reply, publicUrl);
  if (error instanceof InvalidRequest) {
    return answer(reply, 'invalid_request', { message: error.message, errors: error.fields });
  }
  if (error instanceof TooManyRequests) {
    void reply.header('retry-after', error.retryAfterS);
    return answer(reply, 'too_many_requests', { message: error.message });
  }
  if (error instanceof StoreFailure) {
    log.error({ err: error }, 'the database failed a request');
    void reply.header('retry-after', 1);
    return answer(reply, 'store_unavailable', { message: 'The database is not available. Try again.' });
  }
  const known = problemOfServer(error, request);
  if (known) return answer(reply, known.problem, { message: known.message });
  log.error({ err: error, requestId: request.id }, 'a request failed');
  return answer(reply, 'internal', { message: 'Server Error' });
}

/** Answers a method that a known path does not have. */
export function answerWrongMethod(reply: FastifyReply, allowed: string): FastifyReply {
  void reply.header('allow', allowed);
  return answer(reply, 'method_not_allowed', { message: `This address takes ${allowed} only.` });
}

/** Answers an address that does not exist. */
export function answerNothingHere(reply: FastifyReply): FastifyReply {
  return answer(reply, 'not_found', { message: 'There is nothing here.' });
}

/** Answers what is not even HTTP, or was not sent in time, and hangs up. */
export function answerBrokenRequest(_error: Error, socket: Socket): void {
  const body = '{"message":"Bad Request"}';
  if (socket.writable) {
    const head = `HTTP/1.1 ${statusOf.invalid_body} Bad Request\r\ncontent-type: application/json; charset=utf-8`;
    socket.write(`${head}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`);
  }
  socket.destroySoon();
}

function answerGatewayError(
  error: GatewayError,
  request: FastifyRequest,
  reply: FastifyReply,
  publicUrl: string | null,
): FastifyReply {
  const { code, message, details } = error;
  if (code === 'action_failed') return answer(reply, code, failure(error, request, publicUrl));
  if (code === 'not_found' && details.explanation !== undefined) {
    return answer(reply, code, { message, ...failure(error, request, publicUrl), status: 'error' });
  }
  if (code === 'unauthenticated') void reply.header('www-authenticate', 'Bearer');
  if (code === 'store_unavailable') void reply.header('retry-after', 1);
  return answer(reply, code, details.fields ? { message, errors: details.fields } : { message });
}

function answer(reply: FastifyReply, problem: Problem, body: object): FastifyReply {
  return reply.code(statusOf[problem]).type('application/json; charset=utf-8').send(body);
}

function failure(error: GatewayError, request: FastifyRequest, publicUrl: string | null): object {
  const { params } = request;
  const id = typeof params === 'object' && params !== null && 'id' in params ? String(params.id) : '';
  return actionFailed(id, selfOf(request, publicUrl), error);
}

/** What the server itself refuses before a route is reached. */
function problemOfServer(
  error: Error,
  { routeOptions }: FastifyRequest,
): { problem: Problem; message: string } | undefined {
  const code = 'code' in error ? error.code : undefined;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return {
        problem: 'body_too_large',
        message: routeOptions.config?.bodyTooLarge ?? 'The body is too large.',
      };
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return {
        problem: 'unsupported_media_type',
        message: 'Send the body as application/json or application/x-www-form-urlencoded.',
      };
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return { problem: 'invalid_body', message: 'The body is not as long as Content-Length says.' };
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return { problem: 'not_found', message: 'There is nothing here.' };
    default:
      return undefined;
  }
}
