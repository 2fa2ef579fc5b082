import { contactId, isLid, kindOf, withoutDevice } from '../jid.ts';
import type { Context, Own, Stanza } from './translation.ts';

/** A LID and a phone jid of the same person, without devices. */
export interface Pair {
  readonly lid: string;
  readonly phone: string;
}

/** The same people under both of their addresses. */
export interface Contacts {
  /** The contact id for receivers: the phone form when it is known, else the LID. `wire` may have a device. */
  id(wire: string): string;
  /** The LID of a person, `<digits>@lid`; undefined when it is not known or `wire` is no person. */
  lid(wire: string): string | undefined;
  /** The wire jid with the phone number of a person; undefined when it is not known or `wire` is no person. */
  phone(wire: string): string | undefined;
}

/** What a row and the store tell about who is who. What the row itself says goes first. */
export function contactsOf(
  pairs: readonly Pair[],
  { own, otherForm }: Pick<Context, 'own' | 'otherForm'>,
): Contacts {
  const known = new Map<string, string>();
  for (const [one, other] of otherForm) known.set(one, other).set(other, one);
  for (const { lid, phone } of own.lid === null ? pairs : [...pairs, { lid: own.lid, phone: own.phone }]) {
    known.set(lid, phone);
    known.set(phone, lid);
  }
  return {
    id(wire) {
      const person = withoutDevice(wire) ?? wire;
      return contactId(isLid(person) ? (known.get(person) ?? person) : person);
    },
    lid(wire) {
      const person = withoutDevice(wire) ?? wire;
      if (isLid(person)) return person;
      return kindOf(person) === 'phone' ? known.get(person) : undefined;
    },
    phone(wire) {
      const person = withoutDevice(wire) ?? wire;
      if (kindOf(person) === 'phone') return person;
      return isLid(person) ? known.get(person) : undefined;
    },
  };
}

/**
 * The pairs that a stanza's attributes tell. WhatsApp names the sender, the participant and the recipient by one
 * address and gives the other beside it; attribute names as in Baileys' `extractAddressingContext`. The own pair is
 * left out.
 */
export function pairsIn({ attrs }: Stanza, own: Own): Pair[] {
  const sender = attrs['participant'] ?? attrs['from'];
  const others: [string | undefined, readonly string[]][] = [
    [sender, ['participant_pn', 'sender_pn', 'participant_lid', 'sender_lid']],
    [attrs['recipient'], ['recipient_pn', 'peer_recipient_pn', 'recipient_lid', 'peer_recipient_lid']],
  ];
  const pairs: Pair[] = [];
  for (const [address, names] of others) {
    for (const name of names) {
      const pair = pairOf(address, attrs[name]);
      if (
        pair !== null &&
        pair.phone !== own.phone &&
        pair.lid !== own.lid &&
        !pairs.some((known) => known.lid === pair.lid)
      ) {
        pairs.push(pair);
      }
    }
  }
  return pairs;
}

/** The pair that two addresses of one person make; null when they are none. */
export function pairOf(one: string | undefined, other: string | undefined): Pair | null {
  const [a, b] = [withoutDevice(one ?? ''), withoutDevice(other ?? '')];
  if (a === null || b === null) return null;
  if (kindOf(a) === 'lid' && kindOf(b) === 'phone') return { lid: a, phone: b };
  if (kindOf(a) === 'phone' && kindOf(b) === 'lid') return { lid: b, phone: a };
  return null;
}

/** The people whose other address the row does not tell itself. */
export function unknownPeople(jids: readonly string[], learned: readonly Pair[], own: Own): string[] {
  const people = jids.map((jid) => withoutDevice(jid)).filter((jid) => jid !== null);
  const told = new Set(learned.flatMap(({ lid, phone }) => [lid, phone]));
  return [...new Set(people)].filter(
    (jid) => ['phone', 'lid'].includes(kindOf(jid)) && !told.has(jid) && !isOwn(jid, own),
  );
}

/** Whether an address, with or without device, is the instance's own number. */
export function isOwn(wire: string, own: Own): boolean {
  const person = withoutDevice(wire);
  return person !== null && (person === own.phone || person === own.lid);
}

/** The own number as receivers see it. */
export function ownId(own: Own): string {
  return contactId(own.phone);
}
