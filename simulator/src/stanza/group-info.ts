import type { Account } from '../account.ts';
import type { Group } from '../group.ts';
import type { Stanza } from './codec.ts';
import { node } from './node.ts';

/** `<group>` as queries and `<create>` notifications carry it; what Baileys' `extractGroupMetadata` reads. */
export function describeGroup(group: Group): Stanza {
  const { jid, founder, foundedAt, subjectText, roles } = group;
  const attributes = {
    id: jid.replace('@g.us', ''),
    addressing_mode: 'lid',
    creator: founder.jid('lid'),
    creator_pn: founder.jid('pn'),
    creation: foundedAt,
    subject: subjectText.text,
    s_o: subjectText.by.jid('lid'),
    s_o_pn: subjectText.by.jid('pn'),
    s_t: subjectText.at,
    size: String(roles.size),
  };
  const parts = [
    ...[...roles.keys()].map((account) => describeMember(group, account)),
    describeDescription(group),
    group.isAnnounce ? node('announcement') : undefined,
    group.isLocked ? node('locked') : undefined,
  ];
  return node(
    'group',
    attributes,
    parts.filter((part) => part !== undefined),
  );
}

/** `<participant>` under both addresses; `type` tells admins from the others, who have none. */
export function describeMember(group: Group, account: Account): Stanza {
  const role = group.roles.get(account);
  const type = role === 'member' ? undefined : role;
  return node('participant', { jid: account.jid('lid'), phone_number: account.jid('pn'), type });
}

/** `<description>`; undefined when the group has none. */
export function describeDescription({ descriptionText }: Group): Stanza | undefined {
  if (!descriptionText) return undefined;
  const { id, text, by, at } = descriptionText;
  const attributes = { id, t: at, participant: by.jid('lid'), participant_pn: by.jid('pn') };
  return node('description', attributes, [node('body', {}, Buffer.from(text))]);
}
