import { isOwn, type Contacts } from './contacts.ts';
import { membersIn, peopleIn } from './group-people.ts';
import { childOf, textOf } from './stanza-parts.ts';
import type { GroupChange, GroupMember, Own, Stanza } from './translation.ts';

/** What one element of a group's notification changes of what is known of the group. */
export function groupChanges(group: string, change: Stanza, contacts: Contacts, own: Own): GroupChange[] {
  switch (change.tag) {
    case 'create': {
      const whole = childOf(change, 'group');
      if (whole === undefined) return [];
      const members = membersIn(whole, contacts);
      return [{ is: 'known', group, subject: whole.attrs['subject'] ?? '', members }];
    }
    case 'subject':
      return [{ is: 'subject', group, subject: change.attrs['subject'] ?? textOf(change) }];
    case 'add':
    case 'linked_group_join':
      return membersNow(group, membersIn(change, contacts), contacts);
    case 'promote':
      return membersNow(group, membersIn(change, contacts, 'admin'), contacts);
    case 'demote':
      return membersNow(group, membersIn(change, contacts, 'member'), contacts);
    case 'remove':
    case 'leave': {
      if (peopleIn(change).some((jid) => isOwn(jid, own))) return [{ is: 'gone', group }];
      // By both addresses: it may have been noted before anybody told that they are one person.
      const jids = peopleIn(change).flatMap((jid) => [
        jid,
        contacts.lid(jid) ?? jid,
        contacts.phone(jid) ?? jid,
      ]);
      return [{ is: 'left', group, members: [...new Set(jids)] }];
    }
    case 'delete':
      return [{ is: 'gone', group }];
    default:
      return [];
  }
}

/** Who was noted by phone number before anybody told the LID is one member, not two. */
function membersNow(group: string, members: GroupMember[], contacts: Contacts): GroupChange[] {
  const others = members.flatMap(({ jid }) => [contacts.phone(jid) ?? jid].filter((phone) => phone !== jid));
  const now: GroupChange = { is: 'members', group, members };
  return others.length === 0 ? [now] : [{ is: 'left', group, members: others }, now];
}
