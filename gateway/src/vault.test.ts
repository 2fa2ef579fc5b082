import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createVault } from './vault.ts';

test('what was sealed opens to the same bytes, and never looks the same twice', () => {
  const vault = createVault(randomBytes(32));
  const secret = Buffer.from('ratchet');
  assert.deepEqual(Buffer.from(vault.open(vault.seal(secret))), secret);
  assert.notDeepEqual(vault.seal(secret), vault.seal(secret));
});

test('no two of a thousand seals begin alike', () => {
  const vault = createVault(randomBytes(32));
  const starts = Array.from({ length: 1000 }, () =>
    Buffer.from(vault.seal(Buffer.alloc(1))).toString('hex', 0, 13),
  );
  assert.equal(new Set(starts).size, 1000);
});

test('a changed byte or another key does not open', () => {
  const vault = createVault(randomBytes(32));
  const sealed = vault.seal(Buffer.from('ratchet'));
  const changed = Uint8Array.from(sealed);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  assert.throws(() => vault.open(changed));
  assert.throws(() => createVault(randomBytes(32)).open(sealed));
});

test('a key of the wrong length is refused', () => {
  assert.throws(() => createVault(randomBytes(16)), /32 bytes/);
});
