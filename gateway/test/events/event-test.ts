import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { parseWebhook, type EventBody, type EventName } from '@eazewa/sdk';
import { assertEventShape } from '../../src/events/contract-shape-for-tests.ts';
import { assertAsOriginal } from '../../src/events/original-for-tests.ts';
import { allExamples, pathOf, readText, remove, runningTest, textOf, write } from './docs/examples.ts';
import { stable, type Json } from './docs/stable.ts';

/** One row of the table of what is told: an event, and what of its many forms. */
export interface EventCase {
  readonly event: EventName;
  /** What it is about, in a word or two: `text`, `image`, `in a group`, ... Unique for the event. */
  readonly kind: string;
}

const timeout = 60_000;
const declared: EventCase[] = [];
/** `npm run event-docs` sets it: the examples are written instead of compared. */
const isWriting = process.env['EAZEWA_EVENT_DOCS'] === 'write';

/**
 * A test of one event in one form, from the phone to the webhook: `run` lets a phone do it, compares what the webhook
 * got field by field, and returns the body of that request. Here every body is held against the contract, against
 * whatsapp-web.js, and against the example in docs/examples, of which the docs are made.
 */
export function eventTest({ event, kind }: EventCase, run: () => Promise<EventBody>): void {
  declared.push({ event, kind });
  test(`${event}: ${kind}`, { timeout }, async () => {
    const body = await run();
    assert.equal(body.event, event);
    // What it says must be what receivers rely on.
    assert.deepEqual(parseWebhook(JSON.stringify(body)), body);
    assertEventShape(event, body.data);
    assertAsOriginal(body);
    compareWithExample({ event, kind }, body);
  });
}

function compareWithExample({ event, kind }: EventCase, body: EventBody): void {
  const path = pathOf({ event, kind });
  const text = textOf({
    event,
    kind,
    test: runningTest(),
    body: stable(body as unknown as Json, Date.now()),
  });
  if (isWriting) write(path, text);
  else
    assert.equal(text, readText(path), `${path} is another body: if this is right, run: npm run event-docs`);
}

after(() => {
  const wanted = declared.map(pathOf);
  assert.equal(new Set(wanted).size, wanted.length, 'two tests of an event have the same kind');
  const stale = allExamples()
    .filter(({ test, path }) => test === runningTest() && !wanted.includes(path))
    .map(({ path }) => path);
  if (isWriting) for (const path of stale) remove(path);
  else assert.deepEqual(stale, [], 'no test makes these examples any more: run npm run event-docs');
});
