import { userAgent } from '../webhooks/request-headers.ts';

/** Where a webhook's requests go, taken apart once per URL. */
export interface Target {
  /** `http://host:port`: what may be logged, and what connections are shared by. */
  readonly origin: string;
  /** `host:port`, whatever the protocol: what places are counted by. */
  readonly hostAndPort: string;
  readonly isTls: boolean;
  /** A name in lower case, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  /** The request's lines up to the headers that change from one attempt to the next. */
  readonly requestStart: string;
}

const targetsKept = 10_000;
const targets = new Map<string, Target | null>();

/** The target of a URL; null when it is not one. */
export function targetOf(url: string): Target | null {
  const known = targets.get(url);
  if (known !== undefined) return known;
  const target = parseTarget(url);
  if (targets.size >= targetsKept) targets.clear();
  targets.set(url, target);
  return target;
}

function parseTarget(text: string): Target | null {
  const url = URL.parse(text);
  if (url === null || url.hostname === '') return null;
  const isTls = url.protocol === 'https:';
  if (!isTls && url.protocol !== 'http:') return null;
  const port = Number(url.port === '' ? (isTls ? 443 : 80) : url.port);
  return {
    origin: url.origin,
    hostAndPort: `${url.hostname.replace(/\.$/, '')}:${port}`,
    isTls,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    requestStart:
      `POST ${pathOf(text, url)} HTTP/1.1\r\nHost: ${url.host}\r\n` +
      `Content-Type: application/json\r\nUser-Agent: ${userAgent}\r\nAccept-Encoding: identity\r\n`,
  };
}

/** Path and query exactly as they were set: receivers keep tokens there, and normalising could change them. */
function pathOf(text: string, url: URL): string {
  const match = /^https?:\/\/[^/?#\\]+([^?#]*)(\?[^#]*)?/i.exec(text);
  const path = `${match?.[1] === '' ? '/' : match?.[1]}${match?.[2] ?? ''}`;
  return match && /^[\x21-\x5b\x5d-\x7e]+$/.test(path) ? path : url.pathname + url.search;
}
