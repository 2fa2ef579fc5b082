import type { Connection } from '../connection.ts';
import { serverJid } from '../jid.ts';
import type { Linking } from '../linking.ts';
import type { Network } from '../network.ts';
import type { StallKind } from '../stalls.ts';
import type { Stanza } from '../stanza/codec.ts';
import { node } from '../stanza/node.ts';
import { answerAbout } from './about.ts';
import { answerAppState } from './app-state.ts';
import { answerBlocklist } from './blocklist.ts';
import { answerChannels } from './channels.ts';
import { answerDevices } from './companion-device.ts';
import { answerKeys } from './encrypt.ts';
import { answerGroups } from './groups.ts';
import { answerGraphQuery } from './mex.ts';
import { answerMediaConnection } from './media.ts';
import { answerPassive } from './passive.ts';
import { answerPicture } from './profile-picture.ts';
import { answerPrivacy } from './privacy.ts';
import { answerProps } from './props.ts';
import { QueryError } from './query.ts';
import type { Query, QueryHandler } from './query.ts';
import { answerUserSync } from './usync.ts';

/** Every xmlns that gets more than an empty answer. */
const handlers = new Map<string, QueryHandler>([
  ['abt', answerProps],
  ['blocklist', answerBlocklist],
  ['encrypt', answerKeys],
  ['md', answerDevices],
  ['newsletter', answerChannels],
  ['passive', answerPassive],
  ['privacy', answerPrivacy],
  ['urn:xmpp:whatsapp:dirty', () => []],
  ['status', answerAbout],
  ['usync', answerUserSync],
  ['w:g2', answerGroups],
  ['w:m', answerMediaConnection],
  ['w:mex', answerGraphQuery],
  ['w:p', () => []],
  ['w:profile:picture', answerPicture],
  ['w:stats', () => []],
  ['w:sync:app:state', answerAppState],
]);

/** Queries that can be left without an answer while all others get one. */
const stallsOfOneKind = new Map<string, StallKind>([
  ['w:p', 'pings'],
  ['w:sync:app:state', 'settings'],
]);

/** Answers an `iq`. One that nothing here knows gets an empty result, so that no client waits a minute, and is counted. */
export function answer(
  services: { network: Network; linking: Linking },
  connection: Connection,
  iq: Stanza,
): void {
  const { stalls } = services.network;
  const number = connection.companion?.account.number;
  if (stalls.holds('queries', number)) return;
  const only = stallsOfOneKind.get(iq.attrs['xmlns'] ?? '');
  if (only !== undefined && stalls.holds(only, number)) return;
  const later: (() => void)[] = [];
  const { companion } = connection;
  const query: Query = { ...services, iq, connection, companion, afterwards: (action) => later.push(action) };
  connection.send(resultOf(query));
  for (const action of later) action();
}

function resultOf(query: Query): Stanza {
  const { id, to, xmlns = '' } = query.iq.attrs;
  const from = to ?? serverJid;
  const handler = handlers.get(xmlns) ?? unknown;
  try {
    const content = handler(query);
    return node('iq', { type: 'result', id, from }, content.length === 0 ? undefined : content);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const reason = node('error', { code: String(error.code), text: error.message });
    return node('iq', { type: 'error', id, from }, [reason]);
  }
}

function unknown({ network, iq }: Query): Stanza[] {
  const { unknownQueries } = network.counters;
  const xmlns = iq.attrs['xmlns'] ?? '';
  unknownQueries.set(xmlns, (unknownQueries.get(xmlns) ?? 0) + 1);
  return [];
}
