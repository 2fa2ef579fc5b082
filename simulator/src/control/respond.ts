import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DownloadedMedia } from '../phone/media.ts';
import type { Simulator } from '../simulator.ts';
import { SimulatorError } from '../simulator-error.ts';
import type { SimulatorErrorCode } from '../simulator-error.ts';
import { Fields } from './fields.ts';
import { findRoute } from './routes.ts';

/** Answers one request of the control API. Everything but a downloaded file is JSON; a failure is `{"error": code, "message": words}`. */
export async function respond(
  simulator: Simulator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://simulator');
    const route = findRoute(request.method ?? 'GET', pathname);
    if (!route)
      return send(response, 404, {
        error: 'not_found',
        message: `There is no ${request.method} ${pathname}.`,
      });
    const fields = new Fields(
      request.method === 'GET' ? Object.fromEntries(searchParams) : await readBody(request),
    );
    const { number = '', id = '' } = route.names;
    const result = await route.run({ simulator, fields, number, id });
    if (isFile(result)) sendFile(response, result);
    else send(response, 200, result ?? { ok: true });
  } catch (error) {
    fail(response, error);
  }
}

function fail(response: ServerResponse, error: unknown): void {
  if (error instanceof SimulatorError)
    send(response, statuses[error.code], { error: error.code, message: error.message });
  else
    send(response, 500, {
      error: 'internal',
      message: error instanceof Error ? error.message : String(error),
    });
}

const statuses: Record<SimulatorErrorCode, number> = {
  invalid_request: 400,
  unknown_phone: 404,
  unknown_message: 404,
  unknown_group: 404,
  unknown_channel: 404,
  not_a_member: 409,
  not_an_admin: 403,
  number_taken: 409,
  phone_offline: 409,
  not_linked: 409,
  qr_invalid: 400,
  qr_expired: 410,
  pairing_code_unknown: 404,
  pairing_code_wrong: 400,
  pairing_failed: 502,
  no_media: 409,
  unknown_media: 404,
  media_expired: 410,
  media_damaged: 502,
  timeout: 504,
};

function isFile(result: unknown): result is DownloadedMedia {
  return typeof result === 'object' && result !== null && 'bytes' in result && Buffer.isBuffer(result.bytes);
}

function sendFile(response: ServerResponse, { bytes, mimetype }: DownloadedMedia): void {
  response.writeHead(200, { 'content-type': mimetype || 'application/octet-stream' });
  response.end(bytes);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

/** Files come as base64. */
const bodyMax = 100_000_000;

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyMax)
      throw new SimulatorError('invalid_request', `The body is larger than ${bodyMax} bytes.`);
    chunks.push(chunk);
  }
  if (size === 0) return {};
  return parse(Buffer.concat(chunks).toString());
}

function parse(text: string): Record<string, unknown> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new SimulatorError('invalid_request', 'The body is not JSON.');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new SimulatorError('invalid_request', 'The body must be a JSON object.');
  }
  return { ...body };
}
