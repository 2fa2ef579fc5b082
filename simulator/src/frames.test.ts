import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionHeader, frame, FrameReader } from './frames.ts';

const opening = Buffer.concat([connectionHeader, frame(Buffer.from('one')), frame(Buffer.from('two'))]);
const routing = Buffer.concat([Buffer.from('ED'), Buffer.from([0, 1, 0, 0, 2, 8, 1])]);

test('frames are found whatever way the bytes are cut', () => {
  for (const bytes of [opening, Buffer.concat([routing, opening])]) {
    for (let size = 1; size <= bytes.length; size++) {
      const reader = new FrameReader();
      const frames = cut(bytes, size).flatMap((part) => reader.push(part));
      assert.deepEqual(frames.map(String), ['one', 'two'], `in parts of ${size} bytes`);
    }
  }
});

test('who does not open like a WhatsApp client is refused', () => {
  assert.throws(() => new FrameReader().push(Buffer.from('GET / HTTP/1.1')));
});

function cut(bytes: Buffer, size: number): Buffer[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}
