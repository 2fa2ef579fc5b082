import pino, { type Bindings, type ChildLoggerOptions, type DestinationStream, type Logger } from 'pino';
import type { LogLevel } from './config.ts';

export type Log = Logger;

/**
 * The log: one JSON object a line. No secret gets into it: what stands under a key that can hold one (tokens, keys,
 * message content) is replaced whole, and tokens, signing secrets and the paths of URLs (a webhook's path is its password) are cut out
 * of all other text, stack traces included.
 *
 * @param destination standard output unless given
 */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: describeError },
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) => hideFields(fields, 0),
    },
    hooks: { streamWrite: hideInText },
  };
  const log: Log = destination ? pino(options, destination) : pino(options);
  hideBindings(log);
  return log;
}

const hidden = '[hidden]';

const secretKeys = new Set(
  (
    'authorization cookie headers token admintoken password secret secretkey rootkey whatsapprootkey key keys hash ' +
    'creds credentials qr qrcode pairingcode message messages msg text body caption content plaintext stanza node data payload'
  ).split(' '),
);

/** Fields that a child log adds to each line do not pass the formatter. */
function hideBindings(log: Log): void {
  const child: (this: Log, bindings: Bindings, options?: ChildLoggerOptions) => Log = Reflect.get(
    log,
    'child',
  );
  Object.defineProperty(log, 'child', {
    value(this: Log, bindings: Bindings, options?: ChildLoggerOptions): Log {
      return child.call(this, hideFields(bindings, 0), options);
    },
  });
}

function hideFields(fields: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      secretKeys.has(key.toLowerCase()) ? hidden : hideDeep(value, depth),
    ]),
  );
}

function hideDeep(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth > 5) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => hideDeep(item, depth + 1));
  return hideFields(value, depth + 1);
}

/** Only what is known to be harmless: errors of libraries carry requests and responses with them. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return '[not an error]';
  return {
    type: error.name,
    stack: error.stack,
    ...('code' in error ? { code: String(error.code) } : {}),
    ...(error.cause instanceof Error ? { cause: describeError(error.cause) } : {}),
  };
}

function hideInText(line: string): string {
  return line
    .replaceAll(/ezw_[A-Za-z0-9_-]+|whsec_[A-Za-z0-9+/=]+/g, hidden)
    .replaceAll(/\bBearer [^\s"\\]+/gi, `Bearer ${hidden}`)
    .replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s"\\/@]*@)?([^\s"\\/?#]*)[/?#][^\s"\\)]*/gi, hidePath)
    .replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s"\\/@]*@/gi, `$1`);
}

/** Stack traces name files by URL, and those may stay. */
function hidePath(url: string, scheme: string, host: string): string {
  return scheme.toLowerCase() === 'file://' ? url : `${scheme}${host}/${hidden}`;
}
