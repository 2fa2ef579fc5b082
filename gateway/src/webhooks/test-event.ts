/** The name of what a webhook gets on request, to see whether it arrives; no event of an instance. */
const testEventName = 'webhook.test';

/** The body of a test event: the envelope of the real ones. */
export function testEventBody(instanceId: number, nowMs: number): Uint8Array {
  const data = {
    message: 'This is a test that was asked for by the API. Nothing has happened.',
    timestamp: Math.floor(nowMs / 1000),
  };
  return Buffer.from(JSON.stringify({ event: testEventName, instanceId: String(instanceId), data }));
}

/** What became of the attempt: the words of a delivery's attempts. */
export type TestResult =
  | {
      readonly outcome: 'delivered' | 'rejected';
      readonly status: number;
      /** The first bytes, as they came. */
      readonly response: Uint8Array;
      readonly durationMs: number;
    }
  | {
      readonly outcome: 'silence';
      readonly reason: string;
      readonly phase: string;
      /** The error's own words. */
      readonly detail: string;
      readonly response: Uint8Array | null;
      readonly durationMs: number;
    }
  | { readonly outcome: 'unsent' | 'unsendable'; readonly reason: string; readonly detail: string };
