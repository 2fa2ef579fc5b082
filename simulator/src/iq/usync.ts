import type { Account, Device } from '../account.ts';
import { parseJid } from '../jid.ts';
import type { Stanza } from '../stanza/codec.ts';
import { child, children, elements, node, textOf } from '../stanza/node.ts';
import type { Query } from './query.ts';

/** `usync`: what the server knows about users: whether they exist, their LID, their devices. */
export function answerUserSync(query: Query): Stanza[] {
  const usync = child(query.iq, 'usync');
  const protocols = elements(child(usync, 'query')).map(({ tag }) => tag);
  const users = children(child(usync, 'list'), 'user').map((user) => aboutUser(query, protocols, user));
  const result = protocols.map((tag) => node(tag, {}));
  return [node('usync', usync?.attrs, [node('result', {}, result), node('list', {}, users)])];
}

function aboutUser(query: Query, protocols: string[], user: Stanza): Stanza {
  const phoneNumber = textOf(child(user, 'contact'));
  const { directory } = query.network;
  const account =
    user.attrs['jid'] === undefined
      ? directory.withNumber(phoneNumber ?? '')
      : directory.withJid(user.attrs['jid']);
  const jid =
    user.attrs['jid'] ?? account?.jid('pn') ?? `${(phoneNumber ?? '').replace('+', '')}@s.whatsapp.net`;
  const facts = protocols.map((protocol) => fact(query, protocol, account, jid));
  return node(
    'user',
    { jid },
    facts.filter((one) => one !== undefined),
  );
}

function fact(
  { companion }: Query,
  protocol: string,
  account: Account | undefined,
  jid: string,
): Stanza | undefined {
  if (protocol === 'contact') return node('contact', { type: account ? 'in' : 'out' });
  if (!account) return undefined;
  const addressing = parseJid(jid)?.addressing ?? 'pn';
  if (protocol === 'lid' && addressing === 'pn') return node('lid', { val: account.jid('lid') });
  if (protocol === 'status')
    return node('status', { t: account.about?.at ?? '0' }, account.about?.text ?? '');
  if (protocol !== 'devices') return undefined;
  // Who asks for devices gets told when they change, as long as it is linked.
  if (companion && companion.account !== account) account.watch({ device: companion, addressing });
  return node('devices', {}, [node('device-list', {}, [...account.devices.values()].map(describe))]);
}

function describe({ id, keyIndex }: Device): Stanza {
  return node('device', { id: String(id), 'key-index': keyIndex?.toString() });
}
