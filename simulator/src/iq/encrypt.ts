import { createHash } from 'node:crypto';
import type { Companion } from '../companion.ts';
import type { Stanza } from '../stanza/codec.ts';
import { decodeKey, decodeSignedKey, encodeBundle } from '../stanza/key-bundle.ts';
import { child, children, node } from '../stanza/node.ts';
import { QueryError } from './query.ts';
import type { Query } from './query.ts';

/** `encrypt`: one-time keys up and down, and the check whether client and server have the same keys. */
export function answerKeys(query: Query): Stanza[] {
  const { iq, companion } = query;
  if (!companion) throw new QueryError(401, 'not-authorized');
  if (iq.attrs['type'] === 'set') return setKeys(companion, iq);
  if (child(iq, 'count')) return [node('count', { value: String(companion.preKeys.size) })];
  if (child(iq, 'digest')) return [digest(companion)];
  const wanted = children(child(iq, 'key'), 'user');
  return [
    node(
      'list',
      {},
      wanted.map((user) => keysOf(query, user)),
    ),
  ];
}

function setKeys(companion: Companion, iq: Stanza): Stanza[] {
  const rotated = decodeSignedKey(child(child(iq, 'rotate'), 'skey') ?? child(iq, 'skey'));
  if (rotated) companion.keys.signedPreKey = rotated;
  const uploaded = children(child(iq, 'list'), 'key').map((key) => decodeKey(key));
  companion.addPreKeys(uploaded.filter((key) => key !== undefined));
  return [];
}

function digest(companion: Companion): Stanza {
  const { identityKey, signedPreKey } = companion.keys;
  const [registration, type, identity, skey] = encodeBundle(companion.lastingKeys());
  const ids = [...companion.preKeys.keys()].map((id) => node('id', {}, Buffer.from([id >> 16, id >> 8, id])));
  const hash = createHash('sha1')
    .update(identityKey)
    .update(signedPreKey.publicKey)
    .update(signedPreKey.signature);
  for (const publicKey of companion.preKeys.values()) hash.update(publicKey);
  const parts = [registration, type, identity, skey].filter((part) => part !== undefined);
  return node('digest', {}, [...parts, node('list', {}, ids), node('hash', {}, hash.digest())]);
}

function keysOf({ network }: Query, user: Stanza): Stanza {
  const { jid } = user.attrs;
  const device = network.directory.device(jid);
  if (!device) return node('user', { jid }, [node('error', { code: '404', text: 'item-not-found' })]);
  return node('user', { jid, t: network.now() }, encodeBundle(device.bundle()));
}
