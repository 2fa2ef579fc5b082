import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { isReachable, startDemo } from './support/demo-process.ts';

test('the demo with --once makes one round trip, tells each step, and ends with 0', async () => {
  await using demo = await startDemo(['--once']);
  assert.deepEqual(await demo.end(), { code: 0, errors: '' });
  const steps = demo.output.split('\n').filter((line) => /^\d\. /.test(line));
  assert.deepEqual(steps, [
    '1. A simulated WhatsApp runs, with two phones',
    '2. The gateway starts',
    '3. An instance is made: one WhatsApp number that the gateway keeps connected',
    '4. A message comes in, and the gateway tells your program',
    '5. Another message comes in, and a bot answers it',
  ]);
  assert.match(demo.output, /^ {3}receiver +\| Handle message event\.\.\.$/m);
  assert.match(demo.output, /^ {3}The gateway has noted: event "message" delivered, response 200\.$/m);
  assert.match(demo.output, /^ {3}Ada's phone \| the shop writes: Hello, Ada! Write me anything/m);
  assert.ok(!demo.output.includes('\u001B'), 'without a terminal there are no colours');
  assert.ok(!demo.output.includes('{"level"'), 'no log lines');
  assert.deepEqual(await readdir(demo.folder), [], 'its folder is removed');
});

test('the lines to try work when they are pasted, and Ctrl-C ends everything with 0', async () => {
  await using demo = await startDemo([]);
  await demo.prints(/Everything stays up until you press Ctrl-C\.[^]*deliveries/);
  const [writes, sends, lists, ...others] = demo.output.split('\n').filter((line) => line.includes('curl'));
  assert.equal(others.length, 0);
  await demo.paste(writes);
  await demo.prints(/bot +\| Ada wrote: Are you open today\?/);
  await demo.prints(/Ada's phone \| You wrote: Are you open today\?/);
  assert.match(await demo.paste(sends), /"status":"success".*"body":"Hello Ada!"/);
  await demo.prints(/Ada's phone \| Hello Ada!/);
  assert.match(await demo.paste(lists), /"event":"message".*"state":"delivered".*"status":200/);

  const urls = demo.urls();
  assert.equal(urls.length, 4, 'gateway, receiver, bot and the control API of the simulator');
  for (const url of urls) assert.ok(await isReachable(url), `${url} runs`);
  demo.signal('SIGINT');
  assert.deepEqual(await demo.end(), { code: 0, errors: '' });
  for (const url of urls) assert.ok(!(await isReachable(url)), `${url} has ended`);
  assert.deepEqual(await readdir(demo.folder), [], 'its folder is removed');
});

test('the programs of a demo that is killed end by themselves', async () => {
  await using demo = await startDemo([]);
  await demo.prints(/Everything stays up/);
  const urls = demo.urls();
  demo.signal('SIGKILL');
  await demo.end();
  for (const url of urls) while (await isReachable(url)) await wait(20);
});

test('a demo that is interrupted before its round trip says so in one line and ends with 1', async () => {
  await using demo = await startDemo(['--once']);
  await demo.prints(/2\. The gateway starts/);
  demo.signal('SIGINT');
  assert.deepEqual(await demo.end(), { code: 1, errors: 'The demo failed: it was interrupted.\n' });
  assert.deepEqual(await readdir(demo.folder), [], 'its folder is removed');
});

test('a flag that does not exist is named in one line, with exit code 2', async () => {
  await using demo = await startDemo(['--onec']);
  const errors = 'The demo does not know "--onec": its options are --once and --help.\n';
  assert.deepEqual(await demo.end(), { code: 2, errors });
});

test('--help tells the flags', async () => {
  await using demo = await startDemo(['--help']);
  assert.deepEqual(await demo.end(), { code: 0, errors: '' });
  assert.match(demo.output, /--once.*exit code 0/);
});
