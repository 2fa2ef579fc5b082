import type { Database } from '../../database/database.ts';
import type { SqlValue, Statement } from '../../database/sql.ts';
import { decodeValue } from '../key-store.ts';
import { vault } from './linked-instances.ts';

/** What the commits of a test were, as far as they concern Signal and the inbox. */
export interface WatchedUnits {
  readonly database: Database;
  /** Commits that broke a rule, in words. */
  readonly broken: readonly string[];
  /** Units in which a ratchet moved by a decryption. */
  readonly decryptions: number;
  /** Units that decided or parked the row of a message. */
  readonly decisions: number;
  readonly units: number;
}

/**
 * Looks at every unit of work before it is committed. A unit must not hold two instances; and when a receiving chain of a
 * Signal session or somebody's sender key moves in it, which only a decryption does, it must decide or park the inbox row
 * of one message as well.
 */
export function watchUnits(database: Database): WatchedUnits {
  const ratchets = new Ratchets();
  const watched = { broken: [] as string[], decryptions: 0, decisions: 0, units: 0 };
  const look = (unit: readonly Statement[]) => {
    watched.units++;
    const { broken } = watched;
    const instances = new Set(unit.flatMap(instanceOf));
    if (instances.size > 1) broken.push(`a unit of the instances ${[...instances].join(' and ')}`);
    // Not some: each must be remembered.
    const moved = unit.filter((statement) => ratchets.hasMoved(statement)).length;
    const ended = unit.filter(endsRow).length;
    if (moved > 0) watched.decryptions++;
    if (ended > 0) watched.decisions++;
    if (moved > 0 && ended !== 1) broken.push(`${moved} ratchets moved, and ${ended} inbox rows with them`);
  };
  return Object.assign(watched, {
    database: {
      ...database,
      commit(unit: readonly Statement[]) {
        look(unit);
        return database.commit(unit);
      },
    },
  });
}

/** Where the receiving side of each session and sender key stood when it was written last. */
class Ratchets {
  readonly #last = new Map<string, string>();

  /** Whether this statement writes a key that a decryption has moved. */
  hasMoved({ parts, values }: Statement): boolean {
    if (!parts[0]?.startsWith('insert into auth_keys')) return false;
    const [instance, kind, id, value] = values;
    if (kind !== 'session' && kind !== 'sender-key') return false;
    const key = decodeValue(kind, vault.open(value as Uint8Array));
    const sides = kind === 'session' ? receivingSides(key) : senderKeySides(String(id), key);
    // All of them: each must be remembered.
    return (
      sides.filter(({ name, place, isNewMoved }) => {
        const before = this.#last.get(`${String(instance)} ${name}`);
        this.#last.set(`${String(instance)} ${name}`, place);
        return before === undefined ? isNewMoved : before !== place;
      }).length > 0
    );
  }
}

interface Side {
  /** The same for one session under all addresses: it may be moved from a phone number to a LID. */
  readonly name: string;
  readonly place: string;
  /** Whether it can only be new by a decryption. */
  readonly isNewMoved: boolean;
}

interface Chain {
  readonly chainType: number;
  readonly chainKey: { readonly counter: number };
  /** By number, of messages that are still to come. */
  readonly messageKeys: Readonly<Record<string, unknown>>;
}

/** As libsignal stores sessions: by base key, each with its chains; type 2 is a receiving one. */
function receivingSides(record: unknown): Side[] {
  const { _sessions: sessions } = record as {
    _sessions: Record<string, { _chains: Record<string, Chain> }>;
  };
  return Object.entries(sessions).flatMap(([baseKey, { _chains: chains }]) => {
    const receiving = Object.entries(chains).filter(([, { chainType }]) => chainType === 2);
    if (receiving.length === 0) return [];
    const place = receiving
      .map(
        ([key, { chainKey, messageKeys }]) => `${key}:${chainKey.counter}:${Object.keys(messageKeys).join()}`,
      )
      .toSorted()
      .join(' ');
    return [{ name: baseKey, place, isNewMoved: true }];
  });
}

/** As Baileys stores sender keys: a list of states. A new one comes in a message that has a row of its own. */
function senderKeySides(id: string, record: unknown): Side[] {
  const states = JSON.parse(Buffer.from(record as Uint8Array).toString()) as {
    senderKeyId: number;
    senderChainKey: { iteration: number };
    senderSigningKey: { private?: unknown };
    senderMessageKeys?: readonly { iteration: number }[];
  }[];
  return (
    states
      // With the private key it is ours, and moves when we write.
      .filter(({ senderSigningKey }) => !hasBytes(senderSigningKey.private))
      .map(({ senderKeyId, senderChainKey, senderMessageKeys = [] }) => ({
        name: `${id} ${senderKeyId}`,
        place: [senderChainKey, ...senderMessageKeys].map(({ iteration }) => iteration).join(),
        isNewMoved: false,
      }))
  );
}

/** Bytes as JSON has them: a list of numbers, or base64. */
function hasBytes(value: unknown): boolean {
  const { data } = (value ?? {}) as { data?: string | readonly number[] };
  return data !== undefined && data.length > 0;
}

function instanceOf({ parts, values }: Statement): SqlValue[] {
  const [first = ''] = parts;
  if (/insert into (auth_keys|inbox|addresses) \(instance_id/.test(first)) return [values[0] ?? null];
  if (!/(auth_keys|inbox)/.test(first)) return [];
  return values.filter((_, index) => parts[index]?.endsWith('instance_id = '));
}

/** Decides a row, partly too, parks it, or ends it as a redelivery. */
function endsRow({ parts }: Statement): boolean {
  const text = parts.join('?');
  return (
    text.startsWith('update inbox set state = ?, plaintext = ?') ||
    text.startsWith("update inbox set state = 'parked'")
  );
}
