import { readCodeStage } from '../pairing-code.ts';
import type { Stanza } from '../stanza/codec.ts';
import { child } from '../stanza/node.ts';
import { QueryError } from './query.ts';
import type { Query } from './query.ts';

/** `md`: linking by pairing code, and logging out. */
export function answerDevices(query: Query): Stanza[] {
  const code = child(query.iq, 'link_code_companion_reg');
  if (code) return answerPairingCode(query, code);
  if (child(query.iq, 'remove-companion-device')) logOut(query);
  return [];
}

function answerPairingCode({ linking, connection }: Query, request: Stanza): Stanza[] {
  const { number, stage } = readCodeStage(request);
  const { registration } = connection;
  if (!registration) throw new QueryError(400, 'bad-request');
  if (stage === 'companion_hello')
    return linking.codes.hello({ wire: connection, keys: registration }, number, request);
  if (stage === 'companion_finish' && linking.codes.finish(number, request)) return [];
  throw new QueryError(400, 'bad-request');
}

function logOut({ network, companion, connection, afterwards }: Query): void {
  if (!companion) throw new QueryError(400, 'bad-request');
  afterwards(() => {
    network.unlink(companion);
    connection.end('unlinked');
  });
}
