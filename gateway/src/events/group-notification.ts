import { kindOf, withoutDevice } from '../jid.ts';
import { messageIdOf, timestampOf } from './address.ts';
import { contactsOf, isOwn, ownId, unknownPeople, type Contacts } from './contacts.ts';
import { ignore } from './drafts.ts';
import { groupAction, type GroupAction } from './group-action.ts';
import { groupChanges } from './group-change.ts';
import { groupEvent, type GroupNews } from './group-draft.ts';
import { pairsInGroupNotification, peopleIn, personOf } from './group-people.ts';
import { childOf, childrenOf } from './stanza-parts.ts';
import type { Context, Needs, Own, Stanza, Translation } from './translation.ts';

/** What a group's notification must know first: the other addresses of everybody that it names. */
export function groupNotificationNeeds(stanza: Stanza, own: Own): Partial<Needs> {
  const chat = groupOf(stanza);
  if (chat === null) return {};
  const learned = pairsInGroupNotification(stanza, own);
  const named = childrenOf(stanza).flatMap((change) => {
    const group = childOf(change, 'group');
    const by = [change.attrs['author'], change.attrs['s_o'], group?.attrs['creator']];
    return [...by.map(personOf), ...peopleIn(change), ...(group === undefined ? [] : peopleIn(group))];
  });
  const people = [personOf(stanza.attrs['participant']), ...named].filter((jid) => jid !== null);
  return { chat, addresses: unknownPeople(people, learned, own), learned };
}

/** A `<notification>` of type `w:gp2`, or `picture` of a group: an event for each change that it names. */
export function translateGroupNotification(
  stanza: Stanza,
  receivedAtMs: number,
  context: Context,
): Translation {
  const chat = groupOf(stanza);
  if (chat === null) return ignore('malformed: a notification of a group without the group');
  const id = messageIdOf(stanza.attrs['id']);
  if (id === null) return ignore('malformed: a notification of a group without a usable id');
  const contacts = contactsOf(pairsInGroupNotification(stanza, context.own), context);
  const changes = childrenOf(stanza);
  if (changes.length === 0) return ignore('malformed: a notification of a group that names no change');
  const news = changes.flatMap((change) => newsOf(stanza, change, contacts, context.own));
  const timestamp = timestampOf(stanza, receivedAtMs);
  const isPicture = stanza.attrs['type'] === 'picture';
  return {
    do: 'record',
    events: news.map((one, index) => groupEvent(one, { chat, id, index, timestamp })),
    messages: [],
    groups: isPicture ? [] : changes.flatMap((change) => groupChanges(chat, change, contacts, context.own)),
  };
}

function groupOf({ attrs }: Stanza): string | null {
  const chat = withoutDevice(attrs['from'] ?? '');
  return chat !== null && kindOf(chat) === 'group' ? chat : null;
}

/** What one change is to receivers. Who gets into a group that was new to it is told of the whole group, and joins it. */
function newsOf(notification: Stanza, change: Stanza, contacts: Contacts, own: Own): GroupNews[] {
  const isPicture = notification.attrs['type'] === 'picture';
  const action = isPicture
    ? { event: 'group_update' as const, type: 'picture', body: change.tag === 'delete' ? 'remove' : 'set' }
    : groupAction(change);
  const author = authorOf(notification, change, action);
  if (change.tag === 'create' && !isPicture) return newsOfCreation(change, action, author, contacts, own);
  if (change.tag === 'link' || change.tag === 'unlink')
    return linkedGroups(change).map((body) => newsWith({ ...action, body }, author, [], contacts));
  const people = isPicture ? [] : peopleIn(change);
  // Who asks to get in may be named only as who does it.
  const concerned =
    people.length === 0 && action.isByThemselves === true && author !== null ? [author] : people;
  return [newsWith(leftOrRemoved(action, author, people, contacts), author, concerned, contacts)];
}

/** The groups at the other end of a link of a community; `""` when none is named. */
function linkedGroups(change: Stanza): string[] {
  const jids = childrenOf(change, 'group').map(({ attrs }) => withoutDevice(attrs['jid'] ?? ''));
  const groups = [...new Set(jids)].filter((jid) => jid !== null).filter((jid) => kindOf(jid) === 'group');
  return groups.length === 0 ? [''] : groups;
}

function newsOfCreation(
  change: Stanza,
  action: GroupAction,
  author: string | null,
  contacts: Contacts,
  own: Own,
): GroupNews[] {
  const group = childOf(change, 'group');
  const founded = change.attrs['type'] === 'new' ? [newsWith(action, author, [], contacts)] : [];
  const isFounder = founded.length > 0 && author !== null && isOwn(author, own);
  const isMember = group !== undefined && peopleIn(group).some((jid) => isOwn(jid, own));
  if (isFounder || (founded.length > 0 && !isMember)) return founded;
  const type = change.attrs['reason'] === 'invite' ? 'invite' : 'add';
  const by = type === 'invite' ? ownId(own) : author === null ? null : contacts.id(author);
  return [...founded, { event: 'group_join', type, body: '', author: by, recipientIds: [ownId(own)] }];
}

/** WhatsApp tells that somebody left as if it had removed itself. */
function leftOrRemoved(
  action: GroupAction,
  author: string | null,
  people: readonly string[],
  contacts: Contacts,
): GroupAction {
  const [only, second] = people;
  const hasLeft =
    action.type === 'remove' &&
    author !== null &&
    only !== undefined &&
    second === undefined &&
    contacts.id(only) === contacts.id(author);
  return hasLeft ? { ...action, type: 'leave' } : action;
}

function newsWith(
  { event, type, body }: GroupAction,
  author: string | null,
  people: readonly string[],
  contacts: Contacts,
): GroupNews {
  const recipientIds = [...new Set(people.map((jid) => contacts.id(jid)))];
  return { event, type, body, author: author === null ? null : contacts.id(author), recipientIds };
}

function authorOf(notification: Stanza, change: Stanza, action: GroupAction): string | null {
  const [only, second] = peopleIn(change);
  return (
    personOf(notification.attrs['participant']) ??
    personOf(change.attrs['author']) ??
    personOf(notification.attrs['author']) ??
    personOf(change.attrs['s_o']) ??
    personOf(childOf(change, 'group')?.attrs['creator']) ??
    (action.isByThemselves === true && second === undefined ? (only ?? null) : null)
  );
}
