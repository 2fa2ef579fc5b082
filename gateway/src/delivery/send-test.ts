import type { Clock } from '../clock.ts';
import { testEventBody } from '../webhooks/test-event.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import type { AttemptResult } from './attempt-result.ts';
import type { Sender } from './sender.ts';

/** For one test; whoever asked for it waits. */
export const testDeadlineMs = 10_000;

export interface TestOptions {
  /** One that shares no places with the deliveries: a test never waits behind them. */
  readonly sender: Sender;
  readonly clock: Clock;
  readonly eventId: string;
  /** The deadline of a webhook that has none of its own. */
  readonly deadlineMs: number;
}

/** Sends a webhook a test event: one attempt, with the headers and the signature of a real one, and never another. */
export function sendTest(
  { url, instanceId, options, secrets }: Webhook & { readonly url: string },
  { sender, clock, eventId, deadlineMs }: TestOptions,
): Promise<AttemptResult> {
  return sender.send({
    url,
    options: { ...options, deadlineMs: Math.min(options.deadlineMs ?? deadlineMs, testDeadlineMs) },
    secrets,
    eventId,
    attempt: 1,
    body: testEventBody(instanceId, clock.now()),
    isReplay: false,
    isFailing: false,
  });
}
