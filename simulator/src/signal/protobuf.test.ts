import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFields, encodeFields } from './protobuf.ts';

test('fields are written as the protobuf encoding guide shows', () => {
  // protobuf.dev/programming-guides/encoding: field 1 = 150 is 08 96 01, field 2 = "testing" is 12 07 and the text.
  assert.equal(hex([[1, 150]]), '089601');
  assert.equal(hex([[2, Buffer.from('testing')]]), '120774657374696e67');
  assert.equal(hex([[1, undefined]]), '');
});

test('fields read back as written, also integers above 32 bits', () => {
  const values = [0, 1, 127, 128, 0xffff, 0xffffffff, 1_893_456_000_000, Number.MAX_SAFE_INTEGER];
  for (const value of values) {
    const fields = decodeFields(encodeFields([[3, value]]));
    assert.equal(fields.integer(3), value);
    assert.equal(fields.bytes(3), undefined);
    assert.equal(fields.integer(4), undefined);
  }
});

test('unknown fields of every wire type are passed over', () => {
  const unknown = Buffer.from('0d01020304110102030405060708', 'hex');
  const fields = decodeFields(Buffer.concat([unknown, encodeFields([[7, 5]])]));
  assert.equal(fields.integer(7), 5);
});

test('a message that is cut off or no protobuf is refused', () => {
  for (const broken of ['08', '1207', '120774', '0b', `08${'ff'.repeat(11)}`]) {
    assert.throws(() => decodeFields(Buffer.from(broken, 'hex')), RangeError, broken);
  }
});

function hex(fields: Parameters<typeof encodeFields>[0]): string {
  return Buffer.from(encodeFields(fields)).toString('hex');
}
