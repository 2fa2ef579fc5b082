import type { GroupChange } from '../group/changes.ts';
import type { Group } from '../group/group.ts';
import type { Phone } from '../phone/phone.ts';
import type { ControlRequest } from './routes.ts';

/** Every request about groups. The phone in the path does what is asked, and needs the right to. */
export const groupRoutes: Record<string, (request: ControlRequest) => unknown> = {
  ...joinRoutes(),
  ...communityRoutes(),
  'GET /groups': ({ simulator }) => simulator.groups.map((group) => describeGroup(group)),
  'POST /phones/:number/groups': (request) =>
    describeGroup(
      phoneOf(request).createGroup(request.fields.text('subject'), request.fields.texts('members'), {
        addressing: request.fields.optionalChoice('addressing', ['lid', 'pn']) ?? 'lid',
      }),
    ),
  'POST /phones/:number/groups/add': membersChange((phone, group, members) =>
    phone.addToGroup(group, ...members),
  ),
  'POST /phones/:number/groups/remove': membersChange((phone, group, members) =>
    phone.removeFromGroup(group, ...members),
  ),
  'POST /phones/:number/groups/promote': membersChange((phone, group, members) =>
    phone.promoteInGroup(group, ...members),
  ),
  'POST /phones/:number/groups/demote': membersChange((phone, group, members) =>
    phone.demoteInGroup(group, ...members),
  ),
  'POST /phones/:number/groups/leave': (request) => {
    const group = groupOf(request);
    phoneOf(request).leaveGroup(group);
    return describeGroup(group);
  },
  'POST /phones/:number/groups/change': (request) => {
    const group = groupOf(request);
    phoneOf(request).changeGroup(group, changeOf(request));
    return describeGroup(group);
  },
};

/** Requests about who gets into a group. */
function joinRoutes(): Record<string, (request: ControlRequest) => unknown> {
  return {
    'POST /phones/:number/groups/invite-code': (request) => ({
      code: phoneOf(request).joins.inviteCode(groupOf(request)),
    }),
    'POST /phones/:number/groups/revoke-invite': (request) => ({
      code: phoneOf(request).joins.revokeInvite(groupOf(request)),
    }),
    'POST /phones/:number/groups/join': (request) =>
      describeGroup(phoneOf(request).joins.byInvite(request.fields.text('code'))),
    'POST /phones/:number/groups/join-community': groupAction((phone, group) =>
      phone.joins.byCommunity(group),
    ),
    'POST /phones/:number/groups/ask-to-add': groupAction((phone, group, { fields }) =>
      phone.joins.askToAdd(group, fields.text('member')),
    ),
    'POST /phones/:number/groups/approve': membersChange((phone, group, members) =>
      phone.joins.approve(group, ...members),
    ),
    'POST /phones/:number/groups/reject': membersChange((phone, group, members) =>
      phone.joins.reject(group, ...members),
    ),
    'POST /phones/:number/groups/withdraw': groupAction((phone, group) => phone.joins.withdraw(group)),
  };
}

/** Requests about communities; `community` is the jid of one. */
function communityRoutes(): Record<string, (request: ControlRequest) => unknown> {
  return {
    'POST /phones/:number/communities': (request) =>
      describeGroup(phoneOf(request).communities.create(request.fields.text('subject'))),
    'POST /phones/:number/communities/link': groupAction((phone, group, { fields }) =>
      phone.communities.link(fields.text('community'), group),
    ),
    'POST /phones/:number/communities/unlink': groupAction((phone, group, { fields }) =>
      phone.communities.unlink(fields.text('community'), group),
    ),
  };
}

function groupAction(
  act: (phone: Phone, group: Group, request: ControlRequest) => void,
): (request: ControlRequest) => unknown {
  return (request) => {
    const group = groupOf(request);
    act(phoneOf(request), group, request);
    return describeGroup(group);
  };
}

type MembersChange = (phone: Phone, group: Group, members: string[]) => void;

function membersChange(apply: MembersChange): (request: ControlRequest) => unknown {
  return (request) => {
    const group = groupOf(request);
    apply(phoneOf(request), group, request.fields.texts('members'));
    return describeGroup(group);
  };
}

function changeOf({ fields }: ControlRequest): GroupChange {
  const subject = fields.optionalText('subject');
  const description = fields.optionalText('description', { mayBeEmpty: true });
  const [announce, locked] = [fields.optionalSwitch('announce'), fields.optionalSwitch('locked')];
  const picture = fields.optionalSwitch('picture');
  const ephemeralSeconds = fields.optionalNumber('ephemeralSeconds');
  const [approval, openToAdding] = [fields.optionalSwitch('approval'), fields.optionalSwitch('openToAdding')];
  return {
    ...(subject !== undefined && { subject }),
    ...(description !== undefined && { description }),
    ...(announce !== undefined && { announce }),
    ...(locked !== undefined && { locked }),
    ...(picture !== undefined && { picture }),
    ...(ephemeralSeconds !== undefined && { ephemeralSeconds }),
    ...(approval !== undefined && { approval }),
    ...(openToAdding !== undefined && { openToAdding }),
  };
}

function phoneOf({ simulator, number }: ControlRequest): Phone {
  return simulator.phone(number);
}

function groupOf({ simulator, fields }: ControlRequest): Group {
  return simulator.group(fields.text('group'));
}

function describeGroup(group: Group) {
  const { jid, subject, description, isAnnounce, isLocked, pictureId, members, addressing } = group;
  const { isApprovalRequired, isOpenToAdding, ephemeralSeconds } = group;
  const [community, announcements] = [group.community?.jid, group.announcements?.jid];
  const requests = [...group.requests].map(([{ number }, method]) => ({ number, method }));
  return {
    jid,
    subject,
    ...(community !== undefined && { community }),
    ...(announcements !== undefined && { announcements }),
    description,
    isAnnounce,
    isLocked,
    isApprovalRequired,
    isOpenToAdding,
    ephemeralSeconds,
    pictureId,
    addressing,
    members,
    requests,
  };
}
