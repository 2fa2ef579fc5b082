import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeDeeds, toldTwice } from './judge-deeds.ts';
import type { Told } from './told.ts';

const lines = [
  'message_create A chat "one"',
  'message A chat "one"',
  'message_edit A "one" -> "two" is "two"',
];
const deeds = {
  expected: lines.map((line) => ({ chat: 'anna', line })),
  unordered: [{ chat: 'anna', line: 'message_revoke_me A "two"' }],
};
const all = [...lines, 'message_revoke_me A "two"', 'message_ack A 2'];
const fine = { lost: [], added: [], reordered: [] };

test('what was told as it was done is fine', () => {
  assert.deepEqual(judgeDeeds(told(all), deeds), fine);
});

test('what is missing, is too much, or says something else is seen', () => {
  for (const line of all.slice(0, 4)) {
    const { lost } = judgeDeeds(told(all.filter((one) => one !== line)), deeds);
    assert.equal(lost.length, 1, line);
    const { added } = judgeDeeds(told([...all, line]), deeds);
    assert.equal(added.length, 1, line);
  }
  const other = all.map((line) => line.replace('chat "one"', 'chat "none"'));
  assert.deepEqual(
    Object.values(judgeDeeds(told(other), deeds)).map(({ length }) => length),
    [2, 2, 0],
  );
});

test('another order is seen, and everything that comes before its message', () => {
  const [create, message, edit, deleted, ack] = all as [string, string, string, string, string];
  assert.equal(judgeDeeds(told([create, edit, message, deleted, ack]), deeds).reordered.length, 1);
  assert.match(
    judgeDeeds(told([ack, create, message, edit, deleted]), deeds).reordered[0] ?? '',
    /message_ack A 2" was told before its message/,
  );
  assert.match(
    judgeDeeds(told([deleted, create, message, edit, ack]), deeds).reordered[0] ?? '',
    /message_revoke_me A "two"" was told before its message/,
  );
});

test('what came as two events is seen', () => {
  assert.deepEqual(toldTwice(told(all)), []);
  assert.equal(toldTwice(told([...all, 'message_ack A 2'])).length, 1);
});

function told(list: readonly string[]): Told[] {
  return list.map((line, at) => ({
    path: '/hook',
    event: line.split(' ')[0] as Told['event'],
    eventId: `evt_${at}`,
    chat: 'anna',
    about: 'A',
    line,
  }));
}
