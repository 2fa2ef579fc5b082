import { ApiError, type ApiErrorCode } from './api-error.ts';
import { isRecord } from './resources.ts';

export interface ClientOptions {
  /** Where the gateway is: `http://localhost:3000`. `/api/v1` is added. */
  readonly baseUrl: string;
  readonly token: string;
  /** How long to wait for an answer, in milliseconds; 30 seconds when left out. `sendMessage` alone can take 10. */
  readonly timeoutMs?: number;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api/v1`. */
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds that the gateway was asked to wait, beside the time for the answer. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a request and returns the JSON of its answer, null when it has none.
 *
 * @throws ApiError for anything but a 2xx answer.
 */
export async function request(
  options: ClientOptions,
  { method, path, body, headers, waitMs = 0, signal }: ApiRequest,
): Promise<unknown> {
  const url = `${options.baseUrl.replace(/\/+$/, '')}/api/v1${path}`;
  const timeout = AbortSignal.timeout((options.timeoutMs ?? 30_000) + waitMs);
  const init: RequestInit = {
    method,
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${options.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  const { response, text } = await send(url, init);
  const answer = readJson(text);
  if (response.ok) {
    if (answer !== undefined) return answer;
    throw new ApiError('bad_answer', 'The answer is no JSON.', { status: response.status });
  }
  throw failureOf(response, answer);
}

/**
 * The part of an answer under a key. The contract has two envelopes: the outer status says that the request reached the
 * instance, only the inner one that it was carried out.
 *
 * @throws ApiError `action_failed` when the inner status is `error`; `bad_answer` when the part is not what it must be.
 */
export function part<T>(answer: unknown, key: string, isPart: (value: unknown) => value is T): T {
  const value = isRecord(answer) ? answer[key] : undefined;
  for (const envelope of [answer, value]) {
    if (isRecord(envelope) && envelope['status'] === 'error') throw refusal(envelope, 200);
  }
  if (isPart(value)) return value;
  throw new ApiError('bad_answer', `The answer has no usable "${key}".`, { status: 200 });
}

/** What an action or question returned: `data` inside the part under a key. */
export function result<T>(answer: unknown, key: string, isResult: (value: unknown) => value is T): T {
  return part({ data: part(answer, key, isRecord)['data'] }, 'data', isResult);
}

async function send(url: string, init: RequestInit): Promise<{ response: Response; text: string }> {
  try {
    const response = await fetch(url, init);
    return { response, text: await response.text() };
  } catch (error) {
    throw new ApiError('unreachable', `The gateway gave no answer: ${reasonOf(error)}`, {}, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function readJson(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const codes = new Map<number, ApiErrorCode>([
  [401, 'unauthenticated'],
  [403, 'forbidden'],
  [404, 'not_found'],
  [400, 'invalid_request'],
  [413, 'invalid_request'],
  [415, 'invalid_request'],
  [422, 'invalid_request'],
  [429, 'too_many_requests'],
]);

function failureOf(response: Response, answer: unknown): ApiError {
  const { status } = response;
  const code = codes.get(status) ?? (status >= 500 ? 'server_error' : 'bad_answer');
  const message =
    isRecord(answer) && typeof answer['message'] === 'string' ? answer['message'] : `HTTP ${status}`;
  const retryAfterS = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiError(code, message, {
    status,
    ...(isRecord(answer) && isRecord(answer['errors']) ? { fields: fieldsOf(answer['errors']) } : {}),
    ...(Number.isFinite(retryAfterS) ? { retryAfterS } : {}),
  });
}

function fieldsOf(errors: Record<string, unknown>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(errors).map(([field, texts]) => [
      field,
      Array.isArray(texts) ? texts.filter((text) => typeof text === 'string') : [],
    ]),
  );
}

function refusal(envelope: Record<string, unknown>, status: number): ApiError {
  const { message, explanation } = envelope;
  return new ApiError('action_failed', typeof message === 'string' ? message : 'The action failed.', {
    status,
    ...(typeof explanation === 'string' ? { explanation } : {}),
  });
}
