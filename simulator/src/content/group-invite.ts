import type { proto } from '../stanza/codec.ts';

export interface GroupInvite {
  readonly group: { readonly jid: string; readonly subject: string };
  readonly code: string;
  /** Seconds since 1970. */
  readonly expires: number;
  readonly text?: string;
}

/** An invitation into a group, for one who could not be added. */
export function groupInvite({ group, code, expires, text }: GroupInvite): proto.IMessage {
  return {
    groupInviteMessage: {
      groupJid: group.jid,
      groupName: group.subject,
      inviteCode: code,
      inviteExpiration: expires,
      ...(text !== undefined && { caption: text }),
    },
  };
}
