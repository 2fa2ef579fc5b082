import { areJidsSameUser, type AuthenticationCreds } from 'baileys';
import type { OwnAccount } from '../instances/connection.ts';
import { parseJid, withoutDevice } from '../jid.ts';

/** Who the credentials belong to, as far as WhatsApp has told it. */
export function ownAccountOf({ me }: AuthenticationCreds): OwnAccount {
  return {
    phone: (me && parseJid(me.id)?.user) ?? '',
    lid: (me?.lid && withoutDevice(me.lid)) ?? null,
    pushName: me?.name ?? null,
  };
}

/** Whether a wire jid is one of the account itself, by either of its addresses. */
export function isOwnJid(jid: string, { me }: AuthenticationCreds): boolean {
  return [me?.id, me?.lid].some((own) => own !== undefined && areJidsSameUser(jid, own));
}
