import { kindOf, withoutDevice } from '../jid.ts';
import { pairOf, pairsIn, type Contacts, type Pair } from './contacts.ts';
import { childrenOf } from './stanza-parts.ts';
import type { GroupMember, Own, Stanza } from './translation.ts';

/** A wire jid without device when it names a person; null otherwise. */
export function personOf(attr: string | undefined): string | null {
  const jid = withoutDevice(attr ?? '');
  return jid !== null && ['phone', 'lid'].includes(kindOf(jid)) ? jid : null;
}

/** The people that a change of a group, or a `<group>`, names: wire jids without device, each once. */
export function peopleIn(change: Stanza): string[] {
  const people = elementsOfPeople(change).map(({ attrs }) => personOf(attrs['jid']));
  return [...new Set(people.filter((jid) => jid !== null))];
}

/** The members that a change of a group names, by LID when it is known; `role` when the stanza says none. */
export function membersIn(change: Stanza, contacts: Contacts, role?: GroupMember['role']): GroupMember[] {
  const members = new Map<string, GroupMember>();
  for (const { attrs } of elementsOfPeople(change)) {
    const jid = personOf(attrs['jid']);
    if (jid === null) continue;
    const member = contacts.lid(jid) ?? jid;
    members.set(member, { jid: member, role: role ?? roleOf(attrs['type']) });
  }
  return [...members.values()];
}

/**
 * Every pair of LID and phone number that the notification tells: of who did it, of whom it was done to, and of the
 * founder and the members in a whole `<group>`. The own pair is left out.
 */
export function pairsInGroupNotification(notification: Stanza, own: Own): Pair[] {
  const pairs = pairsIn(notification, own);
  for (const change of childrenOf(notification)) {
    const { attrs } = change;
    add(pairOf(attrs['author'], attrs['author_pn'] ?? attrs['author_lid']));
    add(pairOf(attrs['s_o'], attrs['s_o_pn'] ?? attrs['s_o_lid']));
    addPeople(change);
    for (const group of childrenOf(change, 'group')) {
      add(pairOf(group.attrs['creator'], group.attrs['creator_pn'] ?? group.attrs['creator_lid']));
      addPeople(group);
    }
  }
  return pairs;

  function addPeople(parent: Stanza): void {
    for (const { attrs } of elementsOfPeople(parent))
      add(pairOf(attrs['jid'], attrs['phone_number'] ?? attrs['lid']));
  }
  function add(pair: Pair | null): void {
    if (pair === null || pair.phone === own.phone || pair.lid === own.lid) return;
    if (!pairs.some((known) => known.lid === pair.lid)) pairs.push(pair);
  }
}

/** Members are a `<participant>`; who asks to become one may also be a `<requested_user>`. */
function elementsOfPeople(parent: Stanza): Stanza[] {
  return childrenOf(parent).filter(({ tag }) => tag === 'participant' || tag === 'requested_user');
}

function roleOf(type: string | undefined): GroupMember['role'] {
  return type === 'admin' || type === 'superadmin' ? type : 'member';
}
