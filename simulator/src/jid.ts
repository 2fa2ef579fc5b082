/** How a chat names its users: by phone number or by LID, WhatsApp's number-free id. */
export type Addressing = 'pn' | 'lid';

export interface Jid {
  readonly user: string;
  readonly device: number;
  readonly addressing: Addressing;
}

/** WhatsApp's own address. */
export const serverJid = '@s.whatsapp.net';

const servers = { pn: 's.whatsapp.net', lid: 'lid' } as const;

/** Reads `user@server` and `user:device@server`; undefined for groups, broadcasts and anything that is no person. */
export function parseJid(jid: string | undefined): Jid | undefined {
  const match = /^(\d+)(?:_\d+)?(?::(\d+))?@(s\.whatsapp\.net|c\.us|lid)$/.exec(jid ?? '');
  if (match?.[1] === undefined) return undefined;
  return {
    user: match[1],
    device: Number(match[2] ?? 0),
    addressing: match[3] === 'lid' ? 'lid' : 'pn',
  };
}

/** Whether a jid names a group. */
export function isGroupJid(jid: string | undefined): jid is string {
  return jid?.endsWith('@g.us') ?? false;
}

/** Whether a jid names a broadcast: `status@broadcast`, or a list of somebody. */
export function isBroadcastJid(jid: string | undefined): jid is string {
  return jid?.endsWith('@broadcast') ?? false;
}

/** Whether a jid names a channel, which the protocol calls a newsletter. */
export function isChannelJid(jid: string | undefined): jid is string {
  return jid?.endsWith('@newsletter') ?? false;
}

/** Whether messages from this jid name their writer as `participant`: groups and broadcasts. */
export function namesWriters(jid: string | undefined): jid is string {
  return isGroupJid(jid) || isBroadcastJid(jid);
}

/** Writes a jid; device 0, the handset, is left out as WhatsApp does. */
export function formatJid(user: string, addressing: Addressing, device = 0): string {
  return `${user}${device === 0 ? '' : `:${device}`}@${servers[addressing]}`;
}
