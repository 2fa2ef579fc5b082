import type { FastifyInstance } from 'fastify';
import qs from 'qs';
import { GatewayError } from '../errors.ts';

/**
 * The two ways to send a body: JSON, and forms with nested keys (`webhook[events][0]`) as PHP clients send them. No body
 * at all is an empty one, whatever the content type says.
 */
export function takeBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    answer(done, () => parseJson(utf8(body))),
  );
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    (_request, body, done) => answer(done, () => parseForm(utf8(body))),
  );
}

/** Thrown inside a parser it would end the process; handed over it becomes an answer. */
function answer(done: (error: Error | null, body?: unknown) => void, parse: () => unknown): void {
  let body: unknown;
  try {
    body = parse();
  } catch (error) {
    done(error instanceof GatewayError ? error : new GatewayError('invalid_body', String(error)));
    return;
  }
  done(null, body);
}

function utf8(body: string | Buffer): string {
  if (typeof body === 'string') return body;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new GatewayError('invalid_body', 'The body is not valid UTF-8.');
  }
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new GatewayError('invalid_body', 'The body is not valid JSON.');
  }
}

function parseForm(text: string): unknown {
  try {
    return qs.parse(text, {
      depth: 5,
      strictDepth: true,
      parameterLimit: 2000,
      arrayLimit: 2000,
      throwOnLimitExceeded: true,
    });
  } catch {
    throw new GatewayError('invalid_body', 'The form has too many fields, or fields nested too deeply.');
  }
}
