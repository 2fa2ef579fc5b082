import { createHash } from 'node:crypto';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * A body as it would be on any day: message ids, LIDs, times, keys and addresses of files are replaced by stable values
 * of the same form, equal ones by equal ones, so that two runs of a test give the same. Very long texts are cut.
 */
export function stable(body: Json, nowMs: number): Json {
  const names = new Map<string, string>();
  collect(body, '', names);
  return rewrite(body, '', names, nowMs);
}

/** The moment at which everything happens in the examples. */
const exampleSeconds = 1_738_934_614;

/** Finds the random texts, and decides what stands for each. */
function collect(value: Json, key: string, names: Map<string, string>): void {
  if (typeof value === 'string') {
    const name = nameFor(value, key, names);
    if (name !== null && !names.has(value)) names.set(value, name);
    for (const [, digits = ''] of value.matchAll(/(?<!\d)(\d{5,})(?::\d+)?@lid/g)) {
      if (!names.has(digits)) names.set(digits, `1539789899859${21 + count(names, /^1539789899859\d\d$/)}`);
    }
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [inner, item] of Object.entries(value)) collect(item, Array.isArray(value) ? key : inner, names);
}

function nameFor(value: string, key: string, names: ReadonlyMap<string, string>): string | null {
  if (idKeys.has(key)) return /^[\dA-F]{4,}(-\d+)*$/i.test(value) ? idLike(value, names) : null;
  // Keys stand between what stays.
  if (key === 'qr')
    return value.replaceAll(/[\w+/-]{30,}={0,2}/g, (part, at: number) => keyLike(`qr ${at}`, part));
  if (key === 'base64') return 'data:image/png;base64,iVBORw0KGgo=';
  if (secretKeys.has(key) || (key === 'body' && isInviteCode(value))) return keyLike(key, value);
  if (key === 'directPath' || key.endsWith('DirectPath'))
    return '/v/t62.7118-24/12345678_9012_n.enc?ccb=11-4';
  if (/^https?:\/\/(127\.0\.0\.1|localhost|mmg\.whatsapp\.net)[:/]/.test(value)) {
    return 'https://mmg.whatsapp.net/v/t62.7118-24/12345678_9012_n.enc?ccb=11-4';
  }
  return null;
}

/** Where ids of messages, calls and notifications stand. */
const idKeys = new Set(['id', 'quotedStanzaID', 'stanzaId', 'parentMessageKey', 'orderId']);

/** Random bytes in base64. Hashes of what a test sends are the same in each run and stay. */
const secretKeys = new Set([
  'mediaKey',
  'encFilehash',
  'fileEncSha256',
  'messageSecret',
  'inviteCode',
  'senderKeyHash',
  'recipientKeyHash',
  'thumbnailEncSha256',
  'waveform',
]);

/** An id of the same length and beginning: they tell which kind of device made it. */
function idLike(id: string, names: ReadonlyMap<string, string>): string {
  const place = String(count(names, /^(3EB0|3A|AC)?0+\d+$|^\d+-\d+$/) + 1);
  // The server makes those of notifications out of the time.
  if (id.includes('-')) return `${exampleSeconds}000-${place}`;
  const start = id.length >= 32 ? 'AC' : (/^3EB0|^3A(?=.{18}$)/.exec(id)?.[0] ?? '');
  return start + place.padStart(id.length - start.length, '0');
}

/** The new code of a group is the body of its notification. */
function isInviteCode(value: string): boolean {
  return /^[\w-]{22}$/.test(value) && /[A-Z]/.test(value) && /[a-z]/.test(value) && /\d/.test(value);
}

/** Base64 of the same length, out of a seed. */
function keyLike(seed: string, { length }: string): string {
  let text = '';
  while (text.length < length)
    text += createHash('sha256').update(`${seed} ${text}`).digest('base64').slice(0, 40);
  return text.slice(0, length - 1) + (length % 4 === 0 ? '=' : text.at(length - 1));
}

function count(names: ReadonlyMap<string, string>, form: RegExp): number {
  return [...names.values()].filter((name) => form.test(name)).length;
}

function rewrite(value: Json, key: string, names: ReadonlyMap<string, string>, nowMs: number): Json {
  if (typeof value === 'string') return textOf(value, key, names, nowMs);
  if (typeof value === 'number') return numberOf(value, nowMs);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    // A secret as its bytes.
    if (key === 'messageSecret') return value.map((_, place) => place);
    return value.map((item: Json) => rewrite(item, key, names, nowMs));
  }
  return Object.fromEntries(
    Object.entries(value as Record<string, Json>).map(([inner, item]) => {
      if (key === 'messageSecret') return [inner, Number(inner)];
      return [inner, inner === 'instanceId' ? '33' : rewrite(item, inner, names, nowMs)];
    }),
  );
}

function textOf(value: string, key: string, names: ReadonlyMap<string, string>, nowMs: number): string {
  const whole = names.get(value);
  // A time as text.
  if (/^\d{10}(\d{3})?$/.test(value)) return String(numberOf(Number(value), nowMs));
  if (whole !== undefined && !(key === 'body' && value.length < 16)) return whole;
  let text = value;
  for (const [random, name] of names) {
    if (random.length >= 9 || key === '_serialized') text = text.replaceAll(random, name);
  }
  return text.length <= textLengthMax ? text : `${text.slice(0, 60)}... (${text.length} characters)`;
}

const textLengthMax = 400;

/** Every time near now, in seconds or milliseconds, is the same moment. */
function numberOf(value: number, nowMs: number): number {
  for (const [unit, moment] of [
    [1, exampleSeconds * 1000],
    [1000, exampleSeconds],
  ] as const) {
    if (Math.abs(value * unit - nowMs) < nearMs) return moment;
  }
  return value;
}

const nearMs = 40 * 24 * 60 * 60 * 1000;
