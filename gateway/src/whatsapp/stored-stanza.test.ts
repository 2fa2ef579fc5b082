import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBinaryNode, type BinaryNode } from 'baileys';
import { codec } from './codec.ts';
import { packStanza, unpackStanza } from './stored-stanza.ts';

const stanza: BinaryNode = {
  tag: 'message',
  attrs: { from: '153978989985921@lid', id: '3EB0', notify: 'Zoë 😀 \u0000\ud800', empty: '' },
  content: [
    { tag: 'enc', attrs: { v: '2', type: 'msg' }, content: Buffer.from([0, 255, 1]) },
    { tag: 'text', attrs: {}, content: 'text' },
    { tag: 'none', attrs: {} },
    { tag: 'list', attrs: {}, content: [] },
    { tag: 'deep', attrs: {}, content: [{ tag: 'bytes', attrs: {}, content: Buffer.from('behind') }] },
    { tag: 'no-bytes', attrs: {}, content: Buffer.alloc(0) },
  ],
};

test('a stanza is stored and read as it came: text, bytes, children, and whatever text holds', () => {
  const stored = packStanza(stanza);
  assert.deepEqual(codec.decodeStanza(stored), stanza);
  assert.deepEqual(codec.decodeStanza(Uint8Array.from(stored)), stanza);
});

test('a row that an earlier version stored in the binary form of WhatsApp is still read', () => {
  const attrs = { from: '153978989985921@lid', id: '3EB0' };
  const enc = { tag: 'enc', attrs: { type: 'msg' }, content: Buffer.from([1, 2, 3]) };
  const stored = encodeBinaryNode({ tag: 'message', attrs, content: [enc] }).subarray(1);
  assert.deepEqual({ ...codec.decodeStanza(stored) }, { tag: 'message', attrs, content: [enc] });
});

test('bytes that are cut off are refused, wherever', () => {
  const stored = packStanza(stanza);
  for (let length = 0; length < stored.length; length++) {
    assert.throws(() => unpackStanza(stored.subarray(0, length)), `${length} bytes`);
  }
});
