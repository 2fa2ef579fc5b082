import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { isEventName } from './events.ts';
import {
  isOperationalEventName,
  operationalEventNames,
  type OperationalEventBody,
} from './operational-events.ts';

const page = await readFile(new URL('../../docs/operate.md', import.meta.url), 'utf8');

test('every operational event has an example in docs/operate.md', () => {
  const examples = [...page.matchAll(/```json\n(\{"event".*\})\n```/g)].map(
    ([, text = '']) => JSON.parse(text) as OperationalEventBody,
  );
  assert.deepEqual(
    examples.map(({ event }) => event),
    [...operationalEventNames],
  );
  for (const { instanceId, data } of examples) {
    assert.match(instanceId, /^\d+$/);
    assert.ok('webhookId' in data || 'freeBytes' in data);
  }
});

test('no operational event has the name of an event of an instance', () => {
  assert.deepEqual(operationalEventNames.filter(isEventName), []);
  assert.equal(isOperationalEventName('message'), false);
});
