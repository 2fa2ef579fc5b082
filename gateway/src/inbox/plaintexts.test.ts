import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packPlaintexts, unpackPlaintexts } from './plaintexts.ts';

test('what is packed comes out the same, whatever its bytes', () => {
  for (const plaintexts of [
    [],
    [Buffer.alloc(0)],
    [Buffer.from('one')],
    [Buffer.from('one'), Buffer.alloc(0), Buffer.from([0, 0, 0, 1, 255]), Buffer.alloc(100_000, 7)],
  ]) {
    const unpacked = unpackPlaintexts(packPlaintexts(plaintexts));
    assert.deepEqual(
      unpacked.map((bytes) => Buffer.from(bytes)),
      plaintexts,
    );
  }
});

test('it can be unpacked from the middle of a larger buffer', () => {
  const packed = packPlaintexts([Buffer.from('one'), Buffer.from('two')]);
  const larger = Buffer.concat([Buffer.alloc(5, 9), packed, Buffer.alloc(5, 9)]);
  const [one, two] = unpackPlaintexts(larger.subarray(5, 5 + packed.length));
  assert.deepEqual(
    [Buffer.from(one ?? []), Buffer.from(two ?? [])],
    [Buffer.from('one'), Buffer.from('two')],
  );
});

test('what is cut off or no package at all is a RangeError', () => {
  const packed = packPlaintexts([Buffer.from('one'), Buffer.from('two')]);
  for (const length of [1, 3, 5, 8, packed.length - 1]) {
    assert.throws(() => unpackPlaintexts(packed.subarray(0, length)), RangeError, `${length} bytes`);
  }
  assert.throws(() => unpackPlaintexts(Buffer.from('some text that nobody packed')), RangeError);
});
