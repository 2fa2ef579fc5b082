import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { EventName } from '@eazewa/sdk/events';
import { brokenPromises } from '../src/delivery/testing/receiver.ts';
import { shortenQrCodes } from './support/baileys-timers.ts';
import { LeapingClock } from './support/leaping-clock.ts';
import { showsQrCode } from './support/picture.ts';
import type { TestInstance } from './support/test-instance.ts';
import { until } from './support/until.ts';
import { startWorld } from './support/world.ts';

const lifecycle: readonly EventName[] = [
  'loading_screen',
  'qr',
  'authenticated',
  'auth_failure',
  'ready',
  'disconnected',
  'change_state',
  'message',
];

const loading = ['loading_screen 0', 'change_state OPENING', 'loading_screen 50'];
const loaded = ['loading_screen 100', 'ready', 'change_state CONNECTED'];
const pairing = ['qr', 'authenticated', ...loading, ...loaded];
const loggingIn = [...loading, 'authenticated', ...loaded];

// Reconnects wait up to a minute: the clock leaps over that.
const clock = new LeapingClock();
const world = await startWorld({ clock, simulator: { qrRefs: 2 } });
const { simulator, receiver } = world;

// In whatever state they are by then.
afterEach(async () => {
  const { body } = await world.api('GET', '/instances');
  for (const { id } of body['instances'] as { id: number }[]) {
    assert.equal((await world.api('DELETE', `/instances/${id}`)).status, 204);
  }
});

test('a fresh number goes from qr to authenticated to ready', async () => {
  const shop = simulator.addPhone({ name: 'Shop' });
  const instance = await world.create(lifecycle);
  const { qr, base64 } = await instance.nth('qr', 1);
  assert.equal(await instance.status(), 'qr');
  assert.ok(showsQrCode(base64, qr), 'the picture says what the text says');
  const { body } = await instance.call('GET', '/client/qr');
  const { status, data } = body['qrCode'] as { status: string; data: { qr_code: string } };
  assert.equal(status, 'success');
  assert.ok(showsQrCode(data.qr_code, qr), 'the API shows the same code');
  assert.deepEqual((await instance.call('GET', '/client/me')).body, {
    status: 'success',
    me: { status: 'error', message: 'instance not linked', instanceId: String(instance.id) },
  });

  await shop.scan(qr);
  assert.deepEqual(await instance.storyTo('change_state CONNECTED'), pairing);
  assert.equal(await instance.status(), 'ready');
  assert.deepEqual(instance.data('authenticated'), [{}]);
  assert.deepEqual(instance.data('ready'), [{ status: 'ready' }]);
  assert.deepEqual(instance.data('loading_screen')[0], { percent: 0, message: 'WhatsApp' });
  assert.deepEqual((await instance.call('GET', '/client/qr')).body, {
    status: 'success',
    qrCode: { status: 'error', message: 'instance not in QR mode', instanceId: String(instance.id) },
  });
  const { me } = (await instance.call('GET', '/client/me')).body as { me: { data: object } };
  assert.deepEqual(me.data, {
    displayName: 'Shop',
    contactId: `${shop.number}@c.us`,
    formattedNumber: `+${shop.number}`,
    profilePicUrl: null,
  });
});

test('a number can be linked by a code that is typed on the phone', async () => {
  const shop = simulator.addPhone({ name: 'Shop' });
  const instance = await world.create(lifecycle);
  await instance.qr();
  const { status, data } = await instance.act('request-pairing-code', { phoneNumber: shop.number });
  assert.equal(status, 'success');
  const { pairingCode } = data as { pairingCode: string };
  assert.match(pairingCode, /^[A-Z0-9]{4}-[A-Z0-9]{4}$/);
  await shop.enterPairingCode(pairingCode.replace('-', ''));
  assert.deepEqual(await instance.storyTo('change_state CONNECTED'), pairing);
  assert.equal(await instance.status(), 'ready');
  assert.equal((await instance.act('request-pairing-code', { phoneNumber: shop.number }))['status'], 'error');
});

test('after a restart of the gateway the number is ready again without a QR code', async () => {
  const { instance } = await linked();
  await world.stopGateway();
  await world.startGateway();
  await instance.untilStatus('ready');
  assert.deepEqual(await restOf(instance, 'change_state CONNECTED', pairing), loggingIn);
});

test('a restart with much to catch up on tells how far it is', async () => {
  const { shop, instance } = await linked();
  const friend = simulator.addPhone({ name: 'Friend' });
  await world.stopGateway();
  await simulator.whenDisconnected(shop);
  for (let number = 0; number < 40; number++) await friend.send(shop, `${number}`);
  await world.startGateway();
  await instance.untilStatus('ready');
  const story = await restOf(instance, 'change_state CONNECTED', pairing);
  assert.deepEqual(
    story.filter((told) => told.startsWith('loading_screen')),
    [0, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100].map((percent) => `loading_screen ${percent}`),
  );
});

test('a reboot tells its steps and needs no QR code', async () => {
  const { instance } = await linked();
  assert.equal((await instance.act('reboot'))['status'], 'success');
  await instance.untilStatus('ready');
  assert.deepEqual(await restOf(instance, 'change_state CONNECTED', pairing), loggingIn);
});

for (const kind of ['unavailable', 'stream-end', 'tcp-drop', 'ws-close', 'bad-session'] as const) {
  test(`a lost connection (${kind}) comes back by itself and is told by change_state only`, async () => {
    const { instance, shop, friend } = await linked();
    simulator.disconnect(shop, kind);
    await simulator.whenDisconnected(shop);
    await friend.send(shop, 'while away');
    await untilBack(instance);
    await instance.message('while away');
    assert.deepEqual(await restOf(instance, 'change_state CONNECTED', pairing), [
      'change_state OPENING',
      'change_state CONNECTED',
    ]);
  });
}

test('a server that does not let anybody in for a while is tried until it does', async () => {
  const { instance, shop } = await linked();
  simulator.failLogins(shop, 503);
  simulator.dropAll();
  await until(async () => {
    clock.leap(300);
    return simulator.counters.failedLogins >= 3;
  });
  simulator.allowLogins(shop);
  await untilBack(instance);
  assert.deepEqual(await restOf(instance, 'change_state CONNECTED', pairing), [
    'change_state OPENING',
    'change_state CONNECTED',
  ]);
});

test('logout by the API unlinks, tells why, and wipes the credentials', async () => {
  const { instance, shop } = await linked();
  assert.deepEqual(await instance.act('logout'), {
    status: 'success',
    instanceId: String(instance.id),
    data: null,
  });
  assert.equal(await instance.status(), 'disconnected');
  assert.deepEqual(await restOf(instance, 'disconnected LOGOUT', pairing), [
    'change_state UNPAIRED',
    'disconnected LOGOUT',
  ]);
  assert.equal(shop.companions.length, 0, 'the phone lists no device any more');
  assert.deepEqual(world.read(`select kind, id from auth_keys where instance_id = ${instance.id}`), []);
  const { me } = (await instance.call('GET', '/client/me')).body as { me: { message: string } };
  assert.equal(me.message, 'instance not linked');
  assert.equal((await instance.act('logout'))['status'], 'error');
});

test('after a logout the next QR code comes when it is asked for, and another phone can scan it', async () => {
  const { instance } = await linked();
  await instance.act('logout');
  await instance.storyTo('disconnected LOGOUT');
  assert.equal(instance.requests('qr').length, 1, 'none comes by itself');
  const { body } = await instance.call('GET', '/client/qr');
  assert.equal(body['status'], 'success');
  const other = simulator.addPhone({ name: 'Other' });
  await other.scan(await instance.qr(2));
  await instance.untilStatus('ready');
  assert.deepEqual(
    await restOf(instance, 'change_state CONNECTED', [...pairing, ...ended('LOGOUT')]),
    pairing,
  );
  const { me } = (await instance.call('GET', '/client/me')).body as { me: { data: { contactId: string } } };
  assert.equal(me.data.contactId, `${other.number}@c.us`);
});

/** Ends that only a person can change: what is told, and what a reboot leads to. */
const finalEnds = [
  { how: 'is unlinked on the phone', kind: 'unlink', state: 'UNPAIRED', reason: 'LOGOUT', reboot: pairing },
  { how: 'is taken over by another client (440)', kind: 'replaced', state: 'CONFLICT', reboot: loggingIn },
  { how: 'is banned (403)', kind: 'forbidden', state: 'TOS_BLOCK', reboot: loggingIn },
  { how: 'is told to update (405)', kind: 'too-old', state: 'DEPRECATED_VERSION', reboot: loggingIn },
] as const;

for (const end of finalEnds) {
  test(`a number that ${end.how} is disconnected for good, until a reboot`, async () => {
    const { instance, shop } = await linked();
    if (end.kind === 'unlink') shop.unlink();
    else simulator.disconnect(shop, end.kind);
    const reason = 'reason' in end ? end.reason : end.state;
    const told = [`change_state ${end.state}`, `disconnected ${reason}`];
    assert.deepEqual(await restOf(instance, `disconnected ${reason}`, pairing), told);
    assert.equal(await instance.status(), 'disconnected');

    clock.leap(120_000);
    await world.stopGateway();
    await world.startGateway();
    assert.equal(await instance.status(), 'disconnected', 'not even a restart changes that');
    assert.equal((await instance.act('send-message', message(shop.number)))['status'], 'error');
    await instance.act('reboot');
    if (end.kind === 'unlink') await shop.scan(await instance.qr(2));
    await instance.untilStatus('ready');
    assert.deepEqual(await restOf(instance, 'change_state CONNECTED', [...pairing, ...told]), end.reboot);
  });
}

/** Logins that WhatsApp refuses. */
const refusals = [
  { code: 401, state: 'UNPAIRED', reason: 'LOGOUT', word: 'auth_failure' },
  { code: 403, state: 'TOS_BLOCK', reason: 'TOS_BLOCK', word: 'auth_failure' },
  { code: 405, state: 'DEPRECATED_VERSION', reason: 'DEPRECATED_VERSION', word: 'disconnected' },
] as const;

for (const { code, state, reason, word } of refusals) {
  test(`a login that is refused with ${code} ends in ${word}`, async () => {
    const { instance, shop } = await linked();
    await world.stopGateway();
    simulator.failLogins(shop, code);
    await world.startGateway();
    const told = [
      'loading_screen 0',
      'change_state OPENING',
      ...(word === 'auth_failure' ? ['auth_failure'] : []),
      `change_state ${state}`,
      `disconnected ${reason}`,
    ];
    assert.deepEqual(await restOf(instance, `disconnected ${reason}`, pairing), told);
    assert.equal(await instance.status(), word);
    for (const failure of instance.data('auth_failure')) assert.match(failure.message ?? '', /\w+\./);

    simulator.allowLogins(shop);
    await instance.act('reboot');
    // Only 401 says that the credentials are worth nothing.
    if (code === 401) await shop.scan(await instance.qr(2));
    await instance.untilStatus('ready');
    const after = [...pairing, ...told];
    const next = code === 401 ? pairing : loggingIn;
    assert.deepEqual(await restOf(instance, 'change_state CONNECTED', after), next);
  });
}

test('QR codes that nobody scans end in disconnected, and a reboot or asking for one shows new ones', async () => {
  shortenQrCodes(300);
  const instance = await world.create(lifecycle);
  const told = ['qr', 'qr', 'disconnected Max qrcode retries reached'];
  const first = await instance.storyTo('disconnected Max qrcode retries reached');
  assert.deepEqual(
    first.filter((line) => !line.startsWith('change_state')),
    told,
  );
  assert.equal(await instance.status(), 'disconnected');
  shortenQrCodes(null);
  await instance.call('GET', '/client/qr');
  const codes = [await instance.qr(1), await instance.qr(2), await instance.qr(3)];
  assert.equal(new Set(codes).size, 3, 'each is another one');
  assert.equal(await instance.status(), 'qr');
  await instance.act('reboot');
  await simulator.addPhone({ name: 'Shop' }).scan(await instance.qr(4));
  await instance.untilStatus('ready');
});

test('a connection that is lost while a QR code is shown comes back with a new one', async () => {
  const instance = await world.create(lifecycle);
  const first = await instance.qr(1);
  simulator.dropAll();
  await until(() => {
    clock.leap(100);
    return instance.requests('qr').length === 2;
  });
  assert.notEqual(await instance.qr(2), first);
  await simulator.addPhone({ name: 'Shop' }).scan(await instance.qr(2));
  assert.deepEqual(await restOf(instance, 'change_state CONNECTED', ['qr']), pairing);
});

test('what happens to one number changes nothing for another', async () => {
  const one = await linked();
  const other = await linked();
  simulator.disconnect(one.shop, 'replaced');
  await one.instance.storyTo('disconnected CONFLICT');
  await other.friend.send(other.shop, 'still here');
  await other.instance.message('still here');
  assert.deepEqual(other.instance.story(), pairing);
});

test('through all of this no webhook saw a repetition or two requests of one lane at once', () => {
  assert.deepEqual(brokenPromises(receiver.requests), []);
});

async function linked() {
  const shop = simulator.addPhone({ name: 'Shop' });
  const friend = simulator.addPhone({ name: 'Friend' });
  const instance = await world.link(shop, lifecycle);
  await instance.storyTo('change_state CONNECTED');
  return { instance, shop, friend };
}

/** Resolves when it is ready, leaping over the waits between reconnects. */
async function untilBack(instance: TestInstance): Promise<void> {
  await until(async () => {
    clock.leap(100);
    return (await instance.status()) === 'ready';
  });
}

/** What was told after `before`, once that ends with `last`. */
async function restOf(instance: TestInstance, last: string, before: readonly string[]): Promise<string[]> {
  const known = before.length;
  await receiver.until(() => instance.story().length > known && instance.story().at(-1) === last);
  assert.deepEqual(instance.story().slice(0, known), before);
  return instance.story().slice(known);
}

function ended(reason: string): string[] {
  return ['change_state UNPAIRED', `disconnected ${reason}`];
}

function message(number: string) {
  return { chatId: `${number}@c.us`, message: 'hello' };
}
