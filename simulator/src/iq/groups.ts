import type { Account } from '../account.ts';
import {
  addMembers,
  changeGroup,
  createGroup,
  leaveGroup,
  removeMembers,
  setAdmins,
} from '../group/changes.ts';
import { createCommunity, groupsOf, linkGroup, unlinkGroup } from '../group/communities.ts';
import { approveRequests, inviteCodeOf, joinByInvite, rejectRequests, revokeInvite } from '../group/joins.ts';
import type { Group } from '../group/group.ts';
import type { Network } from '../network.ts';
import { SimulatorError } from '../simulator-error.ts';
import type { Stanza } from '../stanza/codec.ts';
import { describeGroup } from '../stanza/group-info.ts';
import { child, children, elements, node, textOf } from '../stanza/node.ts';
import { QueryError } from './query.ts';
import type { Query } from './query.ts';

/** `w:g2`: what groups there are, and what a member changes in one. */
export function answerGroups({ iq, network, companion }: Query): Stanza[] {
  const [request] = elements(iq);
  if (!companion || !request) throw new QueryError(400, 'bad-request');
  const { account } = companion;
  const isSet = iq.attrs['type'] === 'set';
  try {
    return isSet ? change(network, account, iq, request) : tell(network, account, iq, request);
  } catch (error) {
    if (error instanceof SimulatorError) throw refusal(error);
    throw error;
  }
}

function tell(network: Network, account: Account, iq: Stanza, request: Stanza): Stanza[] {
  if (request.tag === 'participating')
    return [node('groups', {}, network.groups.of(account).map(describeGroup))];
  if (request.tag === 'invite' && request.attrs['code'] !== undefined)
    return [describeGroup(network.groups.withInviteCode(request.attrs['code']))];
  const group = network.groups.get(iq.attrs['to'] ?? '');
  if (!group.has(account)) throw new QueryError(403, 'forbidden');
  if (request.tag === 'query') return [describeGroup(group)];
  if (request.tag === 'invite') return [node('invite', { code: inviteCodeOf(group, account) })];
  if (request.tag === 'membership_approval_requests') return [describeRequests(group)];
  if (request.tag === 'sub_groups')
    return [node('sub_groups', {}, groupsOf(network, group).map(describeGroup))];
  throw new QueryError(501, 'feature-not-implemented');
}

function change(network: Network, account: Account, iq: Stanza, request: Stanza): Stanza[] {
  if (request.tag === 'create') return [describeGroup(create(network, account, request))];
  if (request.tag === 'leave') {
    for (const { attrs } of children(request, 'group')) {
      leaveGroup(network, account, network.groups.get(attrs['id'] ?? ''));
    }
    return [];
  }
  if (request.tag === 'invite' && request.attrs['code'] !== undefined) {
    const { jid } = joinByInvite(network, account, request.attrs['code']);
    return [node('group', { jid })];
  }
  const group = network.groups.get(iq.attrs['to'] ?? '');
  if (request.tag === 'invite') return [node('invite', { code: revokeInvite(network, account, group) })];
  if (request.tag === 'membership_requests_action') return [actOnRequests(network, account, group, request)];
  if (request.tag === 'links' || request.tag === 'unlink') {
    for (const { attrs } of linkedIn(request))
      (request.tag === 'links' ? linkGroup : unlinkGroup)(
        network,
        account,
        group,
        network.groups.get(attrs['jid'] ?? ''),
      );
    return [request];
  }
  const apply = memberChanges[request.tag];
  if (apply) return [changeMembers(network, request, (member) => apply(network, account, group, member))];
  const changes = changeOf(request);
  if (!changes) throw new QueryError(501, 'feature-not-implemented');
  changeGroup(network, account, group, changes);
  return [];
}

type MemberChange = (network: Network, by: Account, group: Group, members: readonly Account[]) => void;

const memberChanges: Readonly<Record<string, MemberChange>> = {
  add: addMembers,
  remove: removeMembers,
  promote: (network, by, group, members) => setAdmins(network, by, group, members, true),
  demote: (network, by, group, members) => setAdmins(network, by, group, members, false),
};

/** The groups in `<links><link>` and `<unlink>`. */
function linkedIn(request: Stanza): Stanza[] {
  const links = request.tag === 'links' ? children(request, 'link') : [request];
  return links.flatMap((link) => children(link, 'group'));
}

function create(network: Network, account: Account, request: Stanza): Group {
  if (child(request, 'parent')) return createCommunity(network, account, request.attrs['subject'] ?? '');
  const members = children(request, 'participant').map(({ attrs }) =>
    network.directory.withJid(attrs['jid']),
  );
  const group = createGroup(network, account, {
    subject: request.attrs['subject'] ?? '',
    members: members.filter((member) => member !== undefined),
  });
  const community = child(request, 'linked_parent')?.attrs['jid'];
  if (community !== undefined) linkGroup(network, account, network.groups.get(community), group);
  return group;
}

/** Who is not there gets a 404 in the answer, the others are changed all the same. */
function changeMembers(network: Network, request: Stanza, apply: (members: Account[]) => void): Stanza {
  const asked = children(request, 'participant').map(({ attrs }) => attrs['jid']);
  const found = asked.map((jid) => network.directory.withJid(jid)).filter((account) => account !== undefined);
  apply(found);
  const answers = asked.map((jid) => {
    const error = network.directory.withJid(jid) ? undefined : '404';
    return node('participant', { jid, error });
  });
  return node(request.tag, {}, answers);
}

function changeOf(request: Stanza) {
  switch (request.tag) {
    case 'subject':
      return { subject: textOf(request) ?? '' };
    case 'description':
      return { description: textOf(child(request, 'body')) ?? '' };
    case 'announcement':
    case 'not_announcement':
      return { announce: request.tag === 'announcement' };
    case 'locked':
    case 'unlocked':
      return { locked: request.tag === 'locked' };
    case 'ephemeral':
    case 'not_ephemeral':
      return { ephemeralSeconds: Number(request.attrs['expiration'] ?? 0) };
    case 'membership_approval_mode':
      return { approval: child(request, 'group_join')?.attrs['state'] === 'on' };
    case 'member_add_mode':
      return { openToAdding: textOf(request) === 'all_member_add' };
    default:
      return undefined;
  }
}

function describeRequests(group: Group): Stanza {
  const requests = [...group.requests].map(([account, method]) =>
    node('membership_approval_request', { jid: group.jidOf(account), request_method: method }),
  );
  return node('membership_approval_requests', {}, requests);
}

/** `<approve>` or `<reject>` with those whom it is about. */
function actOnRequests(network: Network, by: Account, group: Group, request: Stanza): Stanza {
  const answers = elements(request).map((action) =>
    changeMembers(network, action, (members) =>
      (action.tag === 'approve' ? approveRequests : rejectRequests)(network, by, group, members),
    ),
  );
  return node(request.tag, {}, answers);
}

function refusal({ code }: SimulatorError): QueryError {
  return code === 'unknown_group' ? new QueryError(404, 'item-not-found') : new QueryError(403, 'forbidden');
}
