import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, eventNames, type PulledEvent } from '@eazewa/sdk';
import { systemClock } from '../src/clock.ts';
import { until } from './support/until.ts';
import { startWorld } from './support/world.ts';

/** No other timer has this length. */
const waitS = 37;

test('who fetches events gets what webhooks get, over a stop and a start, until the instance is removed', async () => {
  let isWaiting = false;
  const after = (ms: number, callback: () => void) => {
    if (ms === waitS * 1000) isWaiting = true;
    return systemClock.after(ms, callback);
  };
  const world = await startWorld({ clock: { ...systemClock, after } });
  const { simulator } = world;
  const [shop, anna] = [simulator.addPhone({ name: 'Shop' }), simulator.addPhone({ name: 'Anna' })];
  const instance = await world.link(shop, eventNames);
  const client = () => new Client({ baseUrl: world.url, token: world.token });
  const stream = () =>
    fetch(`${world.url}/api/v1/instances/${instance.id}/events/stream`, {
      headers: { authorization: `Bearer ${world.token}` },
    });

  const fetched: PulledEvent[] = [];
  const following = () => (fetched.length === 0 ? {} : { after: fetched.at(-1)?.id ?? '' });
  const fetchUntil = async (body: string) => {
    for await (const event of client().followEvents(instance.id, following())) {
      fetched.push(event);
      if (event.event === 'message' && event.data.message.body === body) return;
    }
  };
  const first = fetchUntil('hello');
  await anna.send(shop, 'hello');
  await first;

  // Neither who waits nor who listens keeps the gateway from stopping.
  const open = await stream();
  const waiting = client().events(instance.id, { ...following(), wait: waitS });
  const answered = waiting.then(({ events }) => fetched.push(...events));
  await until(() => isWaiting);
  await world.stopGateway();
  assert.match(await open.text(), /^retry: 3000\n/);
  await answered;

  await world.startGateway();
  const second = fetchUntil('again');
  await instance.untilStatus('ready');
  await anna.send(shop, 'again');
  await second;
  await instance.nth('message', 2);
  const bodies = new Map(fetched.map(({ id, event, instanceId, data }) => [id, { event, instanceId, data }]));
  const told = instance.requests().filter(({ eventId }) => bodies.has(eventId));
  assert.ok(told.some(({ body }) => body?.event === 'message'));
  for (const { eventId, body } of told) assert.deepEqual(bodies.get(eventId), body);
  const ids = fetched.map(({ id }) => id);
  assert.deepEqual(ids, [...new Set(ids)].toSorted());

  const last = await stream();
  const removed = last.text();
  await client().deleteInstance(instance.id);
  assert.match(await removed, /event: ready\n/);
  await assert.rejects(client().events(instance.id), { code: 'not_found' });
});
