import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventDocs } from './events/docs/event-docs.ts';
import { allExamples, pathOf, readText, root, textOf } from './events/docs/examples.ts';
import { stable, type Json } from './events/docs/stable.ts';

const command = 'run: npm run event-docs';

test('the docs say what the examples say', () => {
  for (const [path, text] of Object.entries(eventDocs())) {
    assert.equal(readText(path), text, `${path} is out of date; ${command}`);
  }
});

test('every example is in its place, in its form, and its test is there', () => {
  for (const example of allExamples()) {
    const { path, test } = example;
    assert.equal(path, pathOf(example), command);
    assert.equal(readText(path), textOf(example), `${path} was edited; ${command}`);
    assert.ok(existsSync(join(root, 'gateway/test/events', test)), `${path} is of no test; ${command}`);
  }
});

test('what is random in a body is stable in its example, and what is equal stays equal', () => {
  const one = stable(
    body('7', '3EB0AAAAAAAAAAAAAAAAAA', '100200300400500', 'AQID', 1_800_000_000_000),
    1_800_000_000_500,
  );
  const two = stable(
    body('8', '3EB0BBBBBBBBBBBBBBBBBB', '999888777666555', 'BAUG', 1_900_000_000_000),
    1_900_000_009_000,
  );
  assert.deepEqual(one, two);
  const { mediaKey } = (one as { data: { mediaKey: string } }).data;
  assert.notEqual(mediaKey, 'AQID');
  const wanted = body('33', '3EB0000000000000000001', '153978989985921', mediaKey, 1_738_934_614_000);
  assert.deepEqual((one as { instanceId: string }).instanceId, '33');
  assert.equal(JSON.stringify(one), JSON.stringify(wanted).replace('[33,1,2]', '[0,1,2]'));
});

function body(instanceId: string, id: string, lid: string, key: string, nowMs: number): Json {
  return {
    event: 'message',
    instanceId,
    data: {
      _data: { id: { id, remote: `${lid}@lid`, _serialized: `false_${lid}@lid_${id}` }, quotedStanzaID: id },
      mediaKey: key,
      timestamp: Math.floor(nowMs / 1000),
      interractedAtTs: nowMs,
      body: `@${lid} hello`,
      messageSecret: [Number(instanceId), 1, 2],
      from: '491701234567@c.us',
      width: 640,
    },
  };
}
