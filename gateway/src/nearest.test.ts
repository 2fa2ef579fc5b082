import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from './nearest.ts';

const known = ['message', 'message_ack', 'qr'];

for (const [name, meant] of [
  ['mesage', 'message'],
  ['messageack', 'message_ack'],
  ['qr ', 'qr'],
  ['elephant', undefined],
  ['', undefined],
] as const) {
  test(`${JSON.stringify(name)} most likely means ${meant ?? 'none of them'}`, () => {
    assert.equal(nearest(name, known), meant);
  });
}

test('a name of a million letters is compared with nothing', () => {
  let lettersRead = 0;
  const long = new Proxy(Object('x'.repeat(1_000_000)) as object, {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) lettersRead++;
      return Reflect.get(target, key) as unknown;
    },
  }) as unknown as string;
  assert.equal(nearest(long, known), undefined);
  assert.equal(lettersRead, 0);
});
