import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BinaryNode } from 'baileys';
import { hashOf, partsOf } from './message-parts.ts';

const bytes = (text: string) => Buffer.from(text);

test('what Baileys will decrypt is what is waited for', () => {
  const cases: [BinaryNode[], string[]][] = [
    [
      [enc('pkmsg', 'key'), enc('skmsg', 'text')],
      ['key', 'text'],
    ],
    [[enc('msg', 'text'), enc('msmsg', 'of a bot')], ['text']],
    // Its first one makes Baileys refuse the whole message.
    [[enc('msmsg', 'of a bot'), enc('msg', 'text')], []],
    [[enc('frskmsg', 'unknown')], []],
    [[{ tag: 'enc', attrs: { type: 'msg' } }], []],
    [[], []],
  ];
  for (const [content, expected] of cases) {
    const { ciphertexts } = partsOf(message(content));
    assert.deepEqual(
      ciphertexts.map((each) => Buffer.from(each).toString()),
      expected,
    );
  }
  const { plaintext } = partsOf(message([{ tag: 'plaintext', attrs: {}, content: bytes('news') }]));
  assert.equal(Buffer.from(plaintext ?? []).toString(), 'news');
});

test('a redelivery has the same hash; another sender, or the message sent anew, has another', () => {
  const first = hashOf(message([]), [bytes('a'), bytes('b')]);
  assert.deepEqual(hashOf(message([], { offline: '3' }), [bytes('a'), bytes('b')]), first);
  assert.notDeepEqual(hashOf(message([], { participant: 'c@lid' }), [bytes('a'), bytes('b')]), first);
  assert.notDeepEqual(hashOf(message([]), [bytes('a'), bytes('c')]), first);
});

function message(content: BinaryNode[], attrs: Record<string, string> = {}): BinaryNode {
  return { tag: 'message', attrs: { id: 'A', from: 'a@lid', ...attrs }, content };
}

function enc(type: string, text: string): BinaryNode {
  return { tag: 'enc', attrs: { v: '2', type }, content: bytes(text) };
}
