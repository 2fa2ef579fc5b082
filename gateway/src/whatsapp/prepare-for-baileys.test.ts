import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decryptMessageNode,
  NO_MESSAGE_FOUND_ERROR_TEXT,
  proto,
  type BinaryNode,
  type SignalRepositoryWithLIDStore,
} from 'baileys';
import { createLog } from '../log.ts';
import { baileysLog } from './baileys-log.ts';
import { prepareForBaileys } from './prepare-for-baileys.ts';

const attrs = { from: '120363025246125486@newsletter', id: 'A1', server_id: '100', t: '1738934614' };
const withoutContent: readonly [string, BinaryNode][] = [
  ['a deletion', { tag: 'message', attrs: { ...attrs, type: 'text', edit: '8' }, content: [plaintext()] }],
  [
    'a reaction',
    {
      tag: 'message',
      attrs: { ...attrs, type: 'reaction' },
      content: [{ tag: 'reaction', attrs: { code: '👍' } }],
    },
  ],
];

for (const [what, stanza] of withoutContent) {
  test(`Baileys does not miss the content of ${what} in a channel, which has none`, async () => {
    assert.deepEqual(await missing(stanza), [NO_MESSAGE_FOUND_ERROR_TEXT]);
    prepareForBaileys(stanza);
    assert.deepEqual(await missing(stanza), []);
  });
}

test('what has content stays as it is, and every message counts as replayed', async () => {
  const content = proto.Message.encode({ conversation: 'hello' }).finish();
  const stanza = { tag: 'message', attrs: { ...attrs, type: 'text' }, content: [plaintext(content)] };
  prepareForBaileys(stanza);
  assert.deepEqual(stanza.content, [plaintext(content)]);
  const ofPerson = { tag: 'message', attrs: { from: '1@lid', id: 'A2', offline: '3' }, content: [] };
  prepareForBaileys(ofPerson);
  assert.deepEqual([ofPerson.content, ofPerson.attrs.offline], [[], '3']);
  assert.equal(Reflect.get(stanza.attrs, 'offline'), '0');
});

/** What Baileys says is missing: it would ask the phone for that. */
async function missing({ ...stanza }: BinaryNode): Promise<string[]> {
  const opened = decryptMessageNode(
    stanza,
    '4930111111:1@s.whatsapp.net',
    '900000000000001:1@lid',
    { lidMapping: { getLIDForPN: async () => null } } as unknown as SignalRepositoryWithLIDStore,
    baileysLog(createLog('silent'), 1),
  );
  await opened.decrypt();
  return opened.fullMessage.messageStubParameters ?? [];
}

function plaintext(content?: Uint8Array): BinaryNode {
  return content === undefined ? { tag: 'plaintext', attrs: {} } : { tag: 'plaintext', attrs: {}, content };
}
