import type { Device } from '../account.ts';
import type { Addressing } from '../jid.ts';

/** The attributes that name a message's writer in a group or broadcast: under the name used there, the other one beside it. */
export function writerAttributes({ account, id }: Device, addressing: Addressing): Record<string, string> {
  const participant = account.jid(addressing, id);
  return addressing === 'lid'
    ? { participant, participant_pn: account.jid('pn'), addressing_mode: 'lid' }
    : { participant, participant_lid: account.jid('lid'), addressing_mode: 'pn' };
}
