/** What every webhook request says it is from; documented, and how the gateway knows its own requests. */
export const userAgent = 'eazeWA Webhook User Agent';

/** Limits of a webhook's own headers, in characters. */
const headersMax = 20;
const headerNameMax = 100;
const headerValueMax = 1000;

/** Why a webhook must not send a header of its own, as a sentence without the name's value; null when it may. */
export function whyHeaderRefused(name: string, value: string): string | null {
  const shown = JSON.stringify(name.slice(0, headerNameMax));
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    return `${shown} is not the name of a header: use letters, digits and the sign -.`;
  }
  if (name.length > headerNameMax)
    return `The header's name ${shown}... has more than ${headerNameMax} letters.`;
  if (isForbidden(name.toLowerCase()))
    return `The header ${shown} is set by the gateway itself: leave it out.`;
  if (value.length > headerValueMax) {
    return `The value of the header ${shown} has more than ${headerValueMax} characters.`;
  }
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
    return `The value of the header ${shown} has a line break, a control character or a letter that is not in Latin-1.`;
  }
  return null;
}

/** The same for all of them together. */
export function whyHeadersRefused(headers: Readonly<Record<string, string>>): string | null {
  const entries = Object.entries(headers);
  if (entries.length > headersMax) return `There are more than ${headersMax} headers.`;
  const names = new Set<string>();
  for (const [name, value] of entries) {
    const why = whyHeaderRefused(name, value);
    if (why !== null) return why;
    if (names.has(name.toLowerCase())) return `The header ${JSON.stringify(name)} is there twice.`;
    names.add(name.toLowerCase());
  }
  return null;
}

function isForbidden(name: string): boolean {
  return forbidden.has(name) || forbiddenStarts.some((start) => name.startsWith(start));
}

/** Also what says how the body is to be read (`Content-Encoding`): it is JSON, as it is. */
const forbiddenStarts = ['content-', 'proxy-', 'webhook-'];

/** What frames the request, says what it is, or belongs to one connection only (RFC 9110 7.6.1). */
const forbidden = new Set([
  'host',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'user-agent',
  'accept-encoding',
]);
