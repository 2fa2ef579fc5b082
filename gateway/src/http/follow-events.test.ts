import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '@eazewa/sdk';
import { listening, recording, until } from './testing/event-log.ts';
import { startApi } from './testing/start-api.ts';

test("the SDK's client follows the events of an instance, and ends in the middle of a wait", async (t) => {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances');
  const record = recording(api);
  const baseUrl = (await listening(api)).replace('/api/v1', '');
  const client = new Client({ baseUrl, token: api.token });
  const [, first] = await record(['qr', { qr: '2@a', base64: '' }], ['ready', { status: 'ready' }]);
  const ending = new AbortController();
  const following = client.followEvents(1, { events: ['ready'], signal: ending.signal });
  const event = (await following.next()).value;
  assert.deepEqual([event?.id, event?.event, event?.instanceId], [first, 'ready', '1']);
  const coming = following.next();
  await until(() => api.clock.timersInMs.includes(20_000));
  const [second] = await record(['ready', { status: 'ready' }]);
  assert.equal((await coming).value?.id, second);
  const ended = following.next();
  await until(() => api.clock.timersInMs.includes(20_000));
  ending.abort();
  assert.deepEqual(await ended, { value: undefined, done: true });
  await until(() => api.clock.timersInMs.length === 0);
  const page = await client.events(1, { after: first ?? '' });
  assert.deepEqual([page.events.map(({ id }) => id), page.cursor], [[second], second]);
});
