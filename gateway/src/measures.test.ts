import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instance, InstanceState } from './instances/instance.ts';
import { countWhatHappens, readWhatIs } from './measures.ts';
import { Metrics } from './metrics.ts';

test('rows that were parked are counted by the first word of the reason, which is never a stranger’s', async () => {
  const metrics = new Metrics();
  const { onParked } = countWhatHappens(metrics).inbox;
  onParked('undecryptable: Bad MAC');
  onParked('undecryptable: No session');
  onParked('Baileys did not decrypt it');
  onParked('{"from":"a peer"}');
  onParked('');
  assert.deepEqual(await linesOf(metrics, 'eazewa_inbox_parked_total'), [
    '{reason="undecryptable"} 2',
    '{reason="baileys"} 1',
    '{reason="other"} 2',
  ]);
});

test('attempts are counted by outcome, and those without a response by their reason', async () => {
  const metrics = new Metrics();
  const { onResult, onSettled } = countWhatHappens(metrics);
  const delivery = {
    id: 1,
    webhookId: 1,
    lane: 1,
    eventId: 'evt_1',
    eventName: 'qr',
    body: Buffer.of(),
    media: null,
    requestBytes: 0,
    bodyBytes: 0,
    attempts: 0,
    replayId: null,
    createdAt: 0,
  };
  const attempt = { delivery, url: 'http://receiver.test/', sinceSilenceMs: null };
  const silence = {
    outcome: 'silence',
    reason: 'refused',
    phase: 'connect',
    detail: '',
    response: null,
  } as const;
  onResult({ ...attempt, result: { ...silence, durationMs: 4 } });
  onResult({
    ...attempt,
    result: { outcome: 'rejected', status: 404, bodyProblem: null, response: Buffer.of(), durationMs: 2000 },
  });
  onResult({ ...attempt, result: { outcome: 'unsent', reason: 'aborted', detail: '' } });
  onSettled('dropped', 500);
  assert.deepEqual(await linesOf(metrics, 'eazewa_delivery_attempts_total'), [
    '{outcome="silence",reason="refused"} 1',
    '{outcome="rejected",reason=""} 1',
    '{outcome="unsent",reason="aborted"} 1',
  ]);
  const seconds = await linesOf(metrics, 'eazewa_delivery_attempt_seconds');
  assert.deepEqual(seconds.slice(-2), ['_sum 2.004', '_count 2']);
  assert.ok((await linesOf(metrics, 'eazewa_deliveries_settled_total')).includes('{state="dropped"} 500'));
});

test('instances are counted by state, and every state is there', async () => {
  const metrics = new Metrics();
  readWhatIs(metrics, {
    instances: { list: async () => [instanceIn('ready'), instanceIn('qr'), instanceIn('ready')] },
    countWaiting: async (max) => max,
    scheduler: () => ({ lanesInTurn: 0, closedGates: 0, restingLanes: 0, lanesForRoom: 0 }),
    webhooksAtQuota: () => 2,
  });
  assert.deepEqual((await linesOf(metrics, 'eazewa_instances')).toSorted(), [
    '{state="auth_failure"} 0',
    '{state="authenticated"} 0',
    '{state="booting"} 0',
    '{state="disconnected"} 0',
    '{state="loading_screen"} 0',
    '{state="qr"} 1',
    '{state="ready"} 2',
  ]);
  assert.deepEqual(await linesOf(metrics, 'eazewa_deliveries_waiting'), [' 100000']);
});

function instanceIn(state: InstanceState): Instance {
  const nobody = { phone: null, lid: null, pushName: null, linkedAt: null };
  return { id: 1, name: '', state, stateReason: null, createdAt: 1, ...nobody };
}

/** The lines of one metric, without its name. */
async function linesOf(metrics: Metrics, name: string): Promise<string[]> {
  const lines = (await metrics.text()).split('\n');
  return lines
    .filter((line) => new RegExp(`^${name}(_bucket|_sum|_count)?[{ ]`).test(line))
    .map((line) => line.slice(name.length));
}
