import type { StoredMessage } from '../events/translation.ts';

type Stored = Omit<StoredMessage, 'id' | 'fromMe' | 'ack' | 'chatId'>;

/**
 * A message as the store keeps it: JSON of its data, and under one name beside it what receivers do not see. Bytes are
 * `{"#bytes":"<base64>"}`.
 */
export function encodeMessage({
  data,
  reactions,
  votes,
  sealed,
  held,
  isGivenUp,
  isNoMessage,
}: Stored): Uint8Array {
  const more = { reactions, votes, sealed, held, isGivenUp, isNoMessage };
  const isMore = Object.values(more).some((part) => part !== undefined);
  return Buffer.from(JSON.stringify(isMore ? { ...data, [beside]: withBytesAsText(more) } : data));
}

/** @throws SyntaxError when the bytes were not written by `encodeMessage`. */
export function decodeMessage(body: Uint8Array): Stored {
  const { [beside]: more, ...data } = JSON.parse(Buffer.from(body).toString()) as Stored['data'] & {
    readonly [beside]?: Omit<Stored, 'data'>;
  };
  return more === undefined ? { data } : { data, ...(withTextAsBytes(more) as Omit<Stored, 'data'>) };
}

const beside = '#beside';
const bytesName = '#bytes';

function withBytesAsText(value: unknown): unknown {
  if (value instanceof Uint8Array) return { [bytesName]: Buffer.from(value).toString('base64') };
  if (typeof value === 'bigint') return Number(value);
  return mapMembers(value, withBytesAsText);
}

function withTextAsBytes(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && bytesName in value)
    return Uint8Array.from(Buffer.from(String(value[bytesName]), 'base64'));
  return mapMembers(value, withTextAsBytes);
}

function mapMembers(value: unknown, change: (member: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((member: unknown) => change(member));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, change(member)]));
}
