import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aliveSecrets, overlapMs, rotated, secretBytes, secretText } from './signing-secret.ts';

const now = 1_700_000_000_000;

test('a secret is whsec_ and the base64 of its bytes', () => {
  assert.equal(secretText(Uint8Array.of(0xff, 0xfe, 0xfd)), 'whsec_//79');
  const random = new Uint8Array(secretBytes).fill(7);
  const [, base64 = ''] = secretText(random).split('_');
  assert.deepEqual(new Uint8Array(Buffer.from(base64, 'base64')), random);
});

test('the first secret signs for good', () => {
  assert.deepEqual(rotated([], 'a', now), [{ key: 'a', until: null }]);
});

test('an old secret signs along for 24 hours, and not a millisecond longer', () => {
  const signing = rotated([{ key: 'a', until: null }], 'b', now);
  assert.deepEqual(signing, [
    { key: 'b', until: null },
    { key: 'a', until: now + overlapMs },
  ]);
  assert.deepEqual(keys(aliveSecrets(signing, now + overlapMs - 1)), ['b', 'a']);
  assert.deepEqual(keys(aliveSecrets(signing, now + overlapMs)), ['b']);
});

test('whoever rotates twice within a day has two secrets, not three', () => {
  const twice = rotated(rotated([{ key: 'a', until: null }], 'b', now), 'c', now + 1000);
  assert.deepEqual(twice, [
    { key: 'c', until: null },
    { key: 'b', until: now + 1000 + overlapMs },
  ]);
});

test('a secret whose time is over does not come back with a rotation', () => {
  assert.deepEqual(rotated([{ key: 'a', until: now }], 'b', now), [{ key: 'b', until: null }]);
});

function keys(signing: readonly { readonly key: string }[]): string[] {
  return signing.map(({ key }) => key);
}
