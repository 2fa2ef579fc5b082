import { isOwn, type Contacts } from './contacts.ts';
import { membersIn, peopleIn } from './group-people.ts';
import { childOf, textOf } from './stanza-parts.ts';
import type { GroupChange, Own, Stanza } from './translation.ts';

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
      return [{ is: 'members', group, members: membersIn(change, contacts) }];
    case 'promote':
      return [{ is: 'members', group, members: membersIn(change, contacts, 'admin') }];
    case 'demote':
      return [{ is: 'members', group, members: membersIn(change, contacts, 'member') }];
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
