import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../testing/until.ts';
import { messageData } from './testing/stub-messages.ts';
import { startApi } from './testing/start-api.ts';

test('bodies with files in them take no more memory than two of the largest; others are not held up', async (t) => {
  const api = await startApi(t);
  await api.instances.create({});
  const held: (() => void)[] = [];
  api.deps.messages.sendMedia = async (_instance, { chatId }) => {
    await new Promise<void>((resolve) => held.push(resolve));
    return messageData({ chatId, text: '', mentions: [] });
  };
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
  const send = (bytes: number) =>
    fetch(`${url}/api/v1/instances/1/client/action/send-media`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ chatId: '49170@c.us', mediaName: 'a', mediaBase64: 'A'.repeat(bytes) }),
    });
  const isHeld = async (count: number) => {
    await until(() => held.length >= count);
  };

  const large = [send(450_000), send(450_000)];
  await isHeld(2);
  const refused = await send(450_000);
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '5']);
  assert.match(await refused.text(), /as mediaUrl/);
  const small = send(50_000);
  await isHeld(3);
  assert.equal((await send(600_000)).status, 413, 'what is too large is never held');

  for (const release of held) release();
  for (const answer of [...large, small]) assert.equal((await answer).status, 200);
  let status = 429;
  while (status === 429) {
    const next = send(450_000);
    await Promise.race([isHeld(4), next]);
    held[3]?.();
    ({ status } = await next);
  }
  assert.equal(status, 200);
});
