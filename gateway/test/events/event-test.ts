import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWebhook, type EventBody, type EventName } from '@eazewa/sdk';

/** One row of the table of what is told: an event, and what of its many forms. */
export interface EventCase {
  readonly event: EventName;
  /** What it is about, in a word or two: `text`, `image`, `in a group`, ... Unique for the event. */
  readonly kind: string;
}

const timeout = 60_000;

/**
 * A test of one event in one form, from the phone to the webhook: `run` lets a phone do it, compares what the webhook
 * got field by field, and returns the body of that request. The docs are generated from these tests.
 */
export function eventTest({ event, kind }: EventCase, run: () => Promise<EventBody>): void {
  test(`${event}: ${kind}`, { timeout }, async () => {
    const body = await run();
    assert.equal(body.event, event);
    // What it says must be what receivers rely on.
    assert.deepEqual(parseWebhook(JSON.stringify(body)), body);
  });
}
