import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pollUntil, turns, until } from './until.ts';

for (const wait of [until, pollUntil]) {
  test(`${wait.name} ends once its condition holds`, async () => {
    let looks = 0;
    await wait(() => ++looks === 3);
    await wait(async () => ++looks === 6);
    assert.equal(looks, 6);
  });

  test(`${wait.name} that waits in vain says for what, and shows the last state`, async () => {
    const arrived = ['one'];
    await assert.rejects(
      wait(() => arrived.length === 2, { limitMs: 0, state: () => arrived }),
      { message: "never true in 0 s: () => arrived.length === 2; at the end: [ 'one' ]" },
    );
  });
}

test('what waits for promises only has happened after a turn', async () => {
  const happened: string[] = [];
  void Promise.resolve()
    .then(() => Promise.resolve())
    .then(() => happened.push('promises'));
  await turns();
  assert.deepEqual(happened, ['promises']);
});
