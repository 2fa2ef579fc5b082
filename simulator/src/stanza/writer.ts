import type { Device } from '../account.ts';
import type { Addressing } from '../jid.ts';
import type { Stanza } from './codec.ts';

/** The attributes that a message of a group or broadcast has for everybody who gets it. */
export function sharedAttributes(
  sender: Device,
  { attrs: { id, to: from, type = 'text', edit, t } }: Stanza,
  addressing: Addressing,
): Record<string, string | undefined> {
  const writer = writerAttributes(sender, addressing);
  return { id, from, ...writer, type, edit, t, notify: sender.account.name };
}

/** The attributes that name a message's writer in a group or broadcast: under the name used there, the other one beside it. */
function writerAttributes(
  { account, id }: Device,
  addressing: Addressing,
): Record<string, string | undefined> {
  const participant = account.jid(addressing, id);
  const other = account.otherJid(addressing);
  return addressing === 'lid'
    ? { participant, participant_pn: other, addressing_mode: 'lid' }
    : { participant, participant_lid: other, addressing_mode: 'pn' };
}
