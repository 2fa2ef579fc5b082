import { numberIn, textIn } from './content.ts';
import { defined } from './defined.ts';
import type { KindFields, KindSource } from './kind-source.ts';

/** An invitation into a group. `groupJid` is a group's id already. */
export function inviteOf({ part }: KindSource): Partial<KindFields> {
  const inviteCode = textIn(part, 'inviteCode') ?? '';
  const inviteCodeExp = numberIn(part, 'inviteExpiration') ?? 0;
  const groupId = textIn(part, 'groupJid') ?? '';
  const groupName = textIn(part, 'groupName') ?? '';
  return {
    invite: { inviteCode, inviteCodeExp, groupId, groupName },
    raw: {
      inviteCode,
      inviteCodeExp,
      inviteGrp: groupId,
      inviteGrpName: groupName,
      ...defined({ comment: textIn(part, 'caption') }),
    },
  };
}
