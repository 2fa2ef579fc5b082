import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localhostCertificate, serverKey } from '../delivery/testing/certificates.ts';
import { decideChanges, mask, type RequestedChanges } from './requested-changes.ts';
import { defaultOptions, noSecrets, type WebhookSettings } from './webhook.ts';

const plain = { options: defaultOptions, secrets: noSecrets };
const client = { certificate: localhostCertificate, key: serverKey };

test('nothing asked for changes nothing', () => {
  assert.deepEqual(settings({}), {
    options: { retry: defaultOptions.retry, quota: defaultOptions.quota, media: defaultOptions.media },
    secrets: { headers: {}, client: null },
  });
});

test('reliable has statuses and an age of its own, and keeps them until they are changed', () => {
  const first = settings({ retryPolicy: 'reliable' }).options?.retry;
  assert.deepEqual(first, {
    policy: 'reliable',
    statuses: [408, 425, 429, 500, 502, 503, 504],
    maxAgeMs: 3 * 24 * 3600 * 1000,
  });
  const retry = { policy: 'reliable', statuses: [500], maxAgeMs: 60_000 } as const;
  const before = { ...plain, options: { ...defaultOptions, retry } };
  assert.deepEqual(settings({ retryStatuses: [503] }, before).options?.retry, { ...retry, statuses: [503] });
  assert.deepEqual(settings({ retryPolicy: 'reliable' }, before).options?.retry, retry);
  assert.deepEqual(settings({ retryPolicy: 'eazewa' }, before).options?.retry, { policy: 'eazewa' });
});

test('statuses to repeat make no sense where any response is final', () => {
  const problem =
    'retryStatuses is for the retryPolicy "reliable" only: with "eazewa" any response is final.';
  assert.deepEqual(problems({ retryStatuses: [500] }), { retryStatuses: [problem] });
  assert.deepEqual(Object.keys(problems({ retryPolicy: 'eazewa', retryMaxAgeMs: 60_000 })), [
    'retryMaxAgeMs',
  ]);
});

test('a header has one value, however its name is written', () => {
  const before = { ...plain, secrets: { ...noSecrets, headers: { 'X-A': '1', 'X-B': '2' } } };
  const after = (headers: RequestedChanges['headers'] = {}) => settings({ headers }, before).secrets?.headers;
  assert.deepEqual(after({ 'x-a': '3' }), { 'x-a': '3', 'X-B': '2' });
  assert.deepEqual(after({ 'x-b': null, 'X-C': '4' }), { 'X-A': '1', 'X-C': '4' });
  assert.deepEqual(after({ 'X-A': mask }), { 'X-A': '1', 'X-B': '2' });
  assert.deepEqual(after({ 'X-None': null }), { 'X-A': '1', 'X-B': '2' });
});

test('a header that is forbidden, or masked and not there, is refused without its value', () => {
  for (const headers of [
    { 'Content-Type': 'hush' },
    { 'X-A': 'hush\r\nX-B: 1' },
    { 'webhook-id': 'hush' },
    { 'X-A': mask },
  ]) {
    const refused = problems({ headers });
    assert.deepEqual(Object.keys(refused), ['headers']);
    assert.equal(JSON.stringify(refused).includes('hush'), false);
  }
  const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`X-${index}`, '1']));
  assert.deepEqual(Object.keys(problems({ headers: many })), ['headers']);
});

test('a client certificate and its key come and go together', () => {
  const both = { clientCertificate: localhostCertificate, clientKey: serverKey };
  assert.deepEqual(settings(both).secrets?.client, client);
  const before = { ...plain, secrets: { ...noSecrets, client } };
  const after = (asked: RequestedChanges) => settings(asked, before).secrets?.client;
  assert.deepEqual(after({}), client);
  assert.deepEqual(after({ clientKey: serverKey }), client);
  assert.deepEqual(after({ clientCertificate: localhostCertificate, clientKey: mask }), client);
  assert.equal(after({ clientCertificate: null, clientKey: null }), null);
  assert.equal(after({ clientCertificate: null }), null);
  assert.equal(after({ clientKey: null }), null);
  assert.deepEqual(Object.keys(problems({ clientKey: serverKey })), ['clientCertificate']);
  assert.deepEqual(Object.keys(problems({ clientCertificate: localhostCertificate })), ['clientKey']);
  assert.deepEqual(Object.keys(problems({ clientCertificate: localhostCertificate, clientKey: mask })), [
    'clientKey',
  ]);
  assert.deepEqual(Object.keys(problems({ clientCertificate: null, clientKey: serverKey }, before)), [
    'clientCertificate',
  ]);
});

function settings(asked: RequestedChanges, before = plain): WebhookSettings {
  const decision = decideChanges(before, asked);
  assert.ok(decision.ok, JSON.stringify(decision));
  return decision.settings;
}

function problems(asked: RequestedChanges, before = plain): Record<string, string[]> {
  const decision = decideChanges(before, asked);
  assert.ok(!decision.ok, 'it was taken');
  return decision.problems;
}
