import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { eventNames, isEventName } from './events.ts';
import { InvalidBody, parseWebhook } from './parse.ts';

const page = await readFile(new URL('../../docs/events.md', import.meta.url), 'utf8');

test('there are the 18 events of the documentation and two later ones, each under one name', () => {
  assert.equal(eventNames.length, 20);
  assert.equal(new Set(eventNames).size, 20);
  assert.equal(isEventName('message'), true);
  assert.equal(isEventName('Message'), false);
});

test('every event has a section in docs/events.md, with an example that parses', () => {
  for (const name of eventNames) {
    const section = page.split(/^### /m).find((text) => text.startsWith(`${name}\n`));
    assert.ok(section !== undefined, `docs/events.md has no section ${name}`);
    const example = /```json\n([^]*?)```/.exec(section)?.[1];
    assert.ok(example !== undefined, `${name} has no example`);
    try {
      assert.equal(parseWebhook(example).event, name);
    } catch (error) {
      assert.fail(`the example of ${name}: ${error instanceof InvalidBody ? error.message : String(error)}`);
    }
  }
});
