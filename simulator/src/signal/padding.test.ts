import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pad, unpad } from './padding.ts';
import { SignalError } from './signal-error.ts';

test('padding of every length comes off again', () => {
  const plaintext = Buffer.from('hello');
  for (let count = 1; count <= 16; count += 1) {
    const padded = pad(plaintext, count);
    assert.equal(padded.length, plaintext.length + count);
    assert.deepEqual(Buffer.from(unpad(padded)), plaintext);
  }
  assert.deepEqual(Buffer.from(unpad(pad(plaintext))), plaintext);
});

test('what does not end with padding is refused', () => {
  for (const wrong of [[], [0], [17], [1, 2, 9]]) {
    assert.throws(() => unpad(Uint8Array.from(wrong)), SignalError);
  }
});
