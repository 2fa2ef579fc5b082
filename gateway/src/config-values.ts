import { isIP } from 'node:net';

/** How the text of a setting becomes its value: each gives undefined for a text that is not one. */

/** No text is null. */
export function orNull<T>(read: (text: string) => T | undefined): (text: string) => T | null | undefined {
  return (text) => (text === '' ? null : read(text));
}

export function plainText(text: string): string {
  return text;
}

export function wholeNumber(min: number, max: number): (text: string) => number | undefined {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  };
}

export function oneOf<const T extends string>(choices: readonly T[]): (text: string) => T | undefined {
  return (text) => choices.find((choice) => choice === text);
}

export function databaseLocation(text: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) return text;
  return hasProtocol(text, ['postgres:', 'postgresql:']) ? text : undefined;
}

/** 32 bytes, as hex or base64 (either alphabet). */
export function bytes32(text: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return new Uint8Array(Buffer.from(text, 'hex'));
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  return new Uint8Array(Buffer.from(text, 'base64'));
}

/** What can stand after `Bearer` (RFC 6750), long enough that nobody guesses it. */
export function token(text: string): string | undefined {
  return /^[A-Za-z0-9\-._~+/]{32,200}=*$/.test(text) ? text : undefined;
}

export function socketAddress(text: string): string | undefined {
  return hasProtocol(text, ['ws:', 'wss:']) ? text : undefined;
}

/** A host as it stands in a URL, perhaps with a port. */
export function hostAndPort(text: string): string | undefined {
  return /^[a-z0-9.-]{1,253}(:\d{1,5})?$/i.test(text) && URL.canParse(`https://${text}`) ? text : undefined;
}

export function version(text: string): readonly [number, number, number] | undefined {
  const found = /^(\d{1,3})\.(\d{1,9})\.(\d{1,12})$/.exec(text);
  return found ? [Number(found[1]), Number(found[2]), Number(found[3])] : undefined;
}

/** Addresses become ranges of one. */
export function addressRanges(text: string): readonly string[] | undefined {
  const ranges = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(addressRange);
  return ranges.every((range) => range !== undefined) ? ranges : undefined;
}

export function publicAddress(text: string): string | undefined {
  if (!hasProtocol(text, ['http:', 'https:'])) return undefined;
  const { search, hash, username, href } = new URL(text);
  return search || hash || username ? undefined : href.replace(/\/+$/, '');
}

/** `http://host:port`, perhaps with a user and a password, and nothing more. */
export function proxyAddress(text: string): string | undefined {
  if (!hasProtocol(text, ['http:'])) return undefined;
  const { pathname, search, hash, port, username, password, hostname } = new URL(text);
  const isPlain = pathname === '/' && !search && !hash && hostname !== '' && port !== '0';
  return isPlain && isDecodable(username + password) && (username || !password) ? text : undefined;
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text).length <= 1000;
  } catch {
    return false;
  }
}

/** Any of the web; who calls it says more about what it may be. */
export function webAddress(text: string): string | undefined {
  return hasProtocol(text, ['http:', 'https:']) ? text : undefined;
}

/** A key of Standard Webhooks. */
export function signingKey(text: string): string | undefined {
  const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1] ?? '';
  const bytes = Buffer.from(base64, 'base64');
  const isExact = bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '');
  return isExact && bytes.length >= 24 && bytes.length <= 64 ? text : undefined;
}

function hasProtocol(text: string, protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol);
}

function addressRange(text: string): string | undefined {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return undefined;
  const most = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? most : wholeNumber(0, most)(bits);
  return prefix === undefined ? undefined : `${address}/${prefix}`;
}
