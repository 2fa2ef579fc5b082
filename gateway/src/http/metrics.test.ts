import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from '../metrics.ts';
import { startApi } from './testing/start-api.ts';

test('the metrics are for a token that may read, of all instances, and for nobody else', async (t) => {
  const metrics = new Metrics();
  metrics.counter('asked_total', 'Asked.').add();
  const api = await startApi(t, { metrics });
  const { status, headers, body } = await api.call('GET', '/metrics');
  assert.deepEqual(
    [status, headers['content-type'], body],
    [
      200,
      'text/plain; version=0.0.4; charset=utf-8',
      '# HELP asked_total Asked.\n# TYPE asked_total counter\nasked_total 1\n',
    ],
  );
  const answerTo = async (permissions: ('read' | 'update')[], instanceIds: number[] | null) => {
    const { text } = await api.tokens.create({ name: 'a', permissions, instanceIds });
    return (await api.call('GET', '/metrics', { token: text })).status;
  };
  assert.equal(await answerTo(['read'], null), 200);
  assert.equal(await answerTo(['update'], null), 403);
  assert.equal(await answerTo(['read'], [1]), 403);
  const none = await api.call('GET', '/metrics', { token: null });
  assert.deepEqual([none.status, none.headers['www-authenticate']], [401, 'Bearer']);
  assert.equal((await api.call('GET', '/metrics', { token: 'wrong' })).status, 401);
});
