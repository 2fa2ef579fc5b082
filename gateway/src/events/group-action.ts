import { childOf, textOf } from './stanza-parts.ts';
import type { Stanza } from './translation.ts';

/** What one element of a group's notification says, in the words of WhatsApp Web's notification messages. */
export interface GroupAction {
  readonly event: 'group_join' | 'group_leave' | 'group_update';
  /** `add`, `invite`, `remove`, `leave`, `subject`, ...; the element's own name for what has no word there. */
  readonly type: string;
  /** The new subject, description or setting; `""` for what concerns people. */
  readonly body: string;
  /** Who did it is who it was done to, when the notification does not say who did it. */
  readonly isByThemselves?: boolean;
}

/** Reads one element of a `<notification type="w:gp2">`. Names of elements as in Baileys' `handleGroupNotification`. */
export function groupAction(change: Stanza): GroupAction {
  const { tag, attrs } = change;
  switch (tag) {
    case 'add':
      return joined(attrs['reason'] ?? '');
    case 'linked_group_join':
      return joined(tag);
    case 'remove':
      return { event: 'group_leave', type: 'remove', body: '' };
    case 'leave':
      return { event: 'group_leave', type: 'leave', body: '', isByThemselves: true };
    case 'create':
      return update('create', childOf(change, 'group')?.attrs['subject'] ?? '');
    case 'subject':
      return update('subject', attrs['subject'] ?? textOf(change));
    case 'description':
      return update('description', textOf(childOf(change, 'body')));
    case 'announcement':
    case 'not_announcement':
      return update('announce', onOrOff(tag === 'announcement'));
    case 'locked':
    case 'unlocked':
      return update('restrict', onOrOff(tag === 'locked'));
    case 'ephemeral':
    case 'not_ephemeral':
      return update('ephemeral', tag === 'ephemeral' ? (attrs['expiration'] ?? '') : '0');
    case 'invite':
      return update('revoke_invite', attrs['code'] ?? '');
    case 'membership_approval_mode':
      return update(tag, childOf(change, 'group_join')?.attrs['state'] ?? '');
    case 'member_add_mode':
      return update(tag, textOf(change));
    case 'membership_approval_request':
    case 'created_membership_requests':
      return { ...update(requestType(change), ''), isByThemselves: true };
    case 'link':
      return update(`${attrs['link_type'] ?? 'group'}_link`.slice(0, 64), '');
    case 'unlink':
      return update(unlinkType(change), '');
    case 'growth_locked':
      return update(tag, attrs['type'] ?? '');
    default:
      return update(tag.slice(0, 64), '');
  }
}

/** `reason` is said of who came by the invite link, or out of the community that the group belongs to. */
function joined(reason: string): GroupAction {
  const type = reason === 'invite' || reason === 'linked_group_join' ? reason : 'add';
  return { event: 'group_join', type, body: '', isByThemselves: type !== 'add' };
}

/** WhatsApp Web has a type of its own for what a member asks for somebody else. */
function requestType({ tag, attrs }: Stanza): string {
  const isForOther = tag === 'created_membership_requests' && attrs['request_method'] === 'non_admin_add';
  return isForOther ? tag : 'membership_approval_request';
}

/** A community that is closed unlinks all its groups; WhatsApp Web has words of their own for that. */
function unlinkType({ attrs }: Stanza): string {
  const { unlink_type: type = 'group', unlink_reason: reason } = attrs;
  const isOfCommunity = type === 'parent_group' || type === 'sub_group';
  if (isOfCommunity && reason === 'delete_parent') return 'delete_parent_group_unlink';
  if (isOfCommunity && reason === 'integrity_delete_parent') return `integrity_${type}_unlink`;
  return `${type}_unlink`.slice(0, 64);
}

function update(type: string, body: string): GroupAction {
  return { event: 'group_update', type, body };
}

function onOrOff(isOn: boolean): string {
  return isOn ? 'on' : 'off';
}
