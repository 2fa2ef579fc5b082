import assert from 'node:assert/strict';
import { afterEach } from 'node:test';
import type { EventBody, EventName } from '@eazewa/sdk/events';
import type { Phone } from '@eazewa/simulator';
import { shortenQrCodes } from '../support/baileys-timers.ts';
import { LeapingClock } from '../support/leaping-clock.ts';
import { showsQrCode } from '../support/picture.ts';
import type { TestInstance } from '../support/test-instance.ts';
import { until } from '../support/until.ts';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';

const lifecycle: readonly EventName[] = [
  'loading_screen',
  'qr',
  'authenticated',
  'auth_failure',
  'ready',
  'disconnected',
  'change_state',
];

const clock = new LeapingClock();
const world = await startWorld({ clock, simulator: { qrRefs: 2 } });
const { simulator } = world;

afterEach(async () => {
  simulator.unstall('*');
  const { body } = await world.api('GET', '/instances');
  for (const { id } of body['instances'] as { id: number }[]) {
    assert.equal((await world.api('DELETE', `/instances/${id}`)).status, 204);
  }
});

eventTest({ event: 'qr', kind: 'to be scanned' }, async () => {
  const instance = await world.create(lifecycle);
  const body = await instance.body('qr');
  const { qr, base64 } = body.data;
  assert.ok(showsQrCode(base64, qr), 'the picture says what the text says');
  return body;
});

eventTest({ event: 'authenticated', kind: 'linked' }, async () => {
  const { instance } = await linked();
  const body = await instance.body('authenticated');
  assert.deepEqual(body.data, {});
  return body;
});

eventTest({ event: 'authenticated', kind: 'stored login accepted' }, async () => {
  const { instance } = await linked();
  await instance.act('reboot');
  await instance.nth('authenticated', 2);
  const body = instance.requests('authenticated')[1]?.body as unknown as EventBody;
  assert.deepEqual(body.data, {});
  return body;
});

for (const percent of [0, 50, 100]) {
  eventTest({ event: 'loading_screen', kind: `${percent} percent` }, async () => {
    const { instance } = await linked();
    const body = await instance.body('loading_screen', (data) => data.percent === percent);
    assert.deepEqual(body.data, { percent, message: 'WhatsApp' });
    return body;
  });
}

eventTest({ event: 'ready', kind: 'after a start' }, async () => {
  const { instance } = await linked();
  const body = await instance.body('ready');
  assert.deepEqual(body.data, { status: 'ready' });
  return body;
});

for (const state of ['OPENING', 'CONNECTED'] as const) {
  eventTest({ event: 'change_state', kind: state }, async () => {
    const { instance } = await linked();
    const body = await instance.body('change_state', (data) => data.state === state);
    assert.deepEqual(body.data, { state });
    return body;
  });
}

eventTest({ event: 'change_state', kind: 'TIMEOUT' }, async () => {
  const { instance, shop } = await linked();
  simulator.disconnect(shop, 'silence');
  await until(async () => {
    clock.leap(500);
    return (await instance.status()) !== 'ready';
  });
  const body = await instance.body('change_state', ({ state }) => state === 'TIMEOUT');
  assert.deepEqual(body.data, { state: 'TIMEOUT' });
  return body;
});

/** Ends that only a person can change, each with its state and reason. */
const ends = [
  {
    kind: 'logout by the API',
    state: 'UNPAIRED',
    reason: 'LOGOUT',
    end: async (_: Phone, instance: TestInstance) => void (await instance.act('logout')),
  },
  { kind: 'unlinked on the phone', state: 'UNPAIRED', reason: 'LOGOUT', end: (shop: Phone) => shop.unlink() },
  { kind: 'opened elsewhere', state: 'CONFLICT', reason: 'CONFLICT', end: by('replaced') },
  { kind: 'blocked', state: 'TOS_BLOCK', reason: 'TOS_BLOCK', end: by('forbidden') },
  { kind: 'too old', state: 'DEPRECATED_VERSION', reason: 'DEPRECATED_VERSION', end: by('too-old') },
  { kind: 'not set up for devices', state: 'UNPAIRED', reason: 'UNPAIRED', end: by('not-multi-device') },
] as const;

function by(kind: 'replaced' | 'forbidden' | 'too-old' | 'not-multi-device') {
  return (shop: Phone) => simulator.disconnect(shop, kind);
}

for (const { kind, state, reason, end } of ends) {
  eventTest({ event: 'disconnected', kind }, async () => {
    const { instance, shop } = await linked();
    await end(shop, instance);
    const body = await instance.body('disconnected');
    assert.deepEqual(body.data, { reason });
    assert.deepEqual(instance.story().slice(-2), [`change_state ${state}`, `disconnected ${reason}`]);
    return body;
  });
}

for (const { kind, state, end } of ends.filter(
  ({ kind }) => !kind.startsWith('not') && !kind.startsWith('unlinked'),
)) {
  eventTest({ event: 'change_state', kind: `${state}, ${kind}` }, async () => {
    const { instance, shop } = await linked();
    await end(shop, instance);
    const body = await instance.body('change_state', (data) => data.state === state);
    assert.deepEqual(body.data, { state });
    return body;
  });
}

eventTest({ event: 'disconnected', kind: 'nobody scanned' }, async () => {
  shortenQrCodes(300);
  const instance = await world.create(lifecycle);
  const body = await instance.body('disconnected');
  shortenQrCodes(null);
  assert.deepEqual(body.data, { reason: 'Max qrcode retries reached' });
  return body;
});

/** Logins that WhatsApp refuses. */
const refusals = [
  {
    kind: 'unlinked',
    code: 401,
    message: /^The number was unlinked from this gateway\. .*\(WhatsApp: .*401\.\)$/,
  },
  { kind: 'blocked', code: 403, message: /^WhatsApp blocks this account\. .*403\.\)$/ },
  { kind: 'refused', code: 500, message: /^WhatsApp refused the login\. .*500\.\)$/ },
] as const;

for (const { kind, code, message } of refusals) {
  eventTest({ event: 'auth_failure', kind }, async () => {
    const { instance, shop } = await linked();
    simulator.failLogins(shop, code);
    await instance.act('reboot');
    const body = await instance.body('auth_failure');
    assert.match(body.data.message ?? '', message);
    assert.deepEqual(Object.keys(body.data), ['message']);
    assert.equal(
      (await instance.nth('disconnected', 1)).reason,
      { 401: 'LOGOUT', 403: 'TOS_BLOCK', 500: 'UNPAIRED' }[code],
    );
    return body;
  });
}

async function linked(): Promise<{ shop: Phone; instance: TestInstance }> {
  const shop = simulator.addPhone({ name: 'Shop' });
  const instance = await world.link(shop, lifecycle);
  await instance.storyTo('change_state CONNECTED');
  return { shop, instance };
}
