import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Clock } from '../clock.ts';
import { GatewayError } from '../errors.ts';
import { AddressBlocked, checkHost, guardedLookup } from '../reach/guarded-lookup.ts';
import { urlProblem, type AddressPolicy } from '../reach/guard-address.ts';
import type { ResolveHost } from '../reach/resolve-host.ts';
import { createPlaces } from './places.ts';

/** A file that a caller gives, before anything is known of it. */
export type MediaSource = { readonly url: string } | { readonly base64: string };

export interface LoadedFile {
  readonly bytes: Uint8Array;
  /** As the URL, or the server that it led to, names it. */
  readonly name: string | null;
  /** The server's `Content-Type`. */
  readonly contentType: string | null;
}

/** @throws GatewayError `action_failed` that says what to change. */
export type LoadSource = (source: MediaSource) => Promise<LoadedFile>;

export interface LoadParts {
  readonly clock: Clock;
  readonly policy: AddressPolicy;
  readonly resolve: ResolveHost;
  readonly maxBytes: number;
}

const redirectsMax = 5;
const loadMs = 60_000;
const loadsAtOnce = 8;

/**
 * Loads files that callers want sent. A URL leads only where the guard lets it: the addresses of its name are checked and
 * pinned, and so is every redirect.
 */
export function createLoader(parts: LoadParts): LoadSource & { close(): void } {
  const { clock, maxBytes } = parts;
  const places = createPlaces(loadsAtOnce);
  const closing = new AbortController();
  const load: LoadSource = async (source) => {
    if ('base64' in source)
      return { bytes: fromBase64(source.base64, maxBytes), name: null, contentType: null };
    const late = new AbortController();
    const cancel = clock.after(loadMs, () => late.abort());
    const signal = AbortSignal.any([late.signal, closing.signal]);
    let leave: (() => void) | null = null;
    try {
      leave = await places.enter(signal);
      return await follow(source.url, parts, signal);
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      throw refused(whyNot(error, late.signal));
    } finally {
      cancel();
      leave?.();
    }
  };
  return Object.assign(load, { close: () => closing.abort() });
}

async function follow(given: string, parts: LoadParts, signal: AbortSignal): Promise<LoadedFile> {
  let url = given;
  for (let redirects = 0; redirects <= redirectsMax; redirects++) {
    const problem = urlProblem(url, parts.policy);
    if (problem !== null) throw refused(problem);
    const answer = await ask(new URL(url), parts, signal);
    const status = answer.statusCode ?? 0;
    const location = answer.headers.location;
    if (status >= 300 && status < 400 && location !== undefined) {
      answer.destroy();
      url = URL.parse(location, url)?.href ?? '';
      continue;
    }
    if (status !== 200) {
      answer.destroy();
      throw refused(`The server of mediaUrl answered with ${status}.`);
    }
    const encoding = answer.headers['content-encoding'] ?? 'identity';
    if (!/^identity$/i.test(encoding)) {
      answer.destroy();
      throw refused(
        `The server of mediaUrl sent the file compressed (${encoding}), although it was asked not to.`,
      );
    }
    return {
      bytes: await readAll(answer, parts.maxBytes),
      name: nameOf(answer, url),
      contentType: answer.headers['content-type'] ?? null,
    };
  }
  throw refused(`mediaUrl was redirected more than ${redirectsMax} times.`);
}

function ask(url: URL, { policy, resolve }: LoadParts, signal: AbortSignal): Promise<IncomingMessage> {
  const isTls = url.protocol === 'https:';
  const port = Number(url.port === '' ? (isTls ? 443 : 80) : url.port);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  checkHost(host, port, policy);
  const { promise, resolve: answered, reject } = Promise.withResolvers<IncomingMessage>();
  const request = isTls ? requestHttps : requestHttp;
  const asking = request(
    {
      hostname: host,
      port,
      path: url.pathname + url.search,
      headers: { 'user-agent': 'eazeWA', 'accept-encoding': 'identity' },
      lookup: guardedLookup(port, policy, resolve),
      // No connection is kept: the next one to that name is checked anew.
      agent: false,
      signal,
    },
    answered,
  );
  asking.on('error', reject);
  asking.end();
  return promise;
}

async function readAll(answer: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = Number(answer.headers['content-length'] ?? 0);
  if (bytes > maxBytes) {
    answer.destroy();
    throw tooLarge(maxBytes);
  }
  bytes = 0;
  for await (const chunk of answer as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  if (bytes === 0) throw refused('mediaUrl leads to an empty file.');
  return Buffer.concat(chunks);
}

function nameOf(answer: IncomingMessage, url: string): string | null {
  const disposition = answer.headers['content-disposition'] ?? '';
  const given = /filename="([^"\\/]{1,200})"/i.exec(disposition)?.[1];
  const last = new URL(url).pathname.split('/').at(-1) ?? '';
  return given ?? (last === '' ? null : decoded(last).slice(0, 200));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function fromBase64(text: string, maxBytes: number): Uint8Array {
  const plain = text.replace(/^data:[^,]{0,200};base64,/, '').replaceAll(/[\r\n]/g, '');
  const bytes = Buffer.from(plain, 'base64');
  // What is no base64 is passed over when it is decoded. A pattern would need a stack as large as the text.
  const digits = plain.length - (/={1,2}$/.exec(plain.slice(-2))?.[0].length ?? 0);
  if (bytes.length === 0 || bytes.length !== Math.floor((digits * 3) / 4))
    throw refused('mediaBase64 is not base64.');
  if (bytes.length > maxBytes) throw tooLarge(maxBytes);
  return bytes;
}

function whyNot(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return `mediaUrl did not give the file within ${loadMs / 1000} seconds.`;
  if (error instanceof AddressBlocked)
    return `mediaUrl leads to a host that is not allowed: ${error.message}.`;
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  return `mediaUrl could not be fetched (${code}).`;
}

function tooLarge(maxBytes: number): GatewayError {
  return refused(`The file is larger than ${maxBytes} bytes; EAZEWA_MEDIA_LIMIT_BYTES sets the limit.`);
}

function refused(explanation: string): GatewayError {
  return new GatewayError('action_failed', 'The file cannot be sent.', { explanation });
}
