import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallData } from '@eazewa/sdk/events';
import type { Call } from '@eazewa/simulator';
import { eventTest } from './event-test.ts';
import { annaId, benId, startGroupWorld } from './group-world.ts';

const { world, instance, shop, anna, ben } = await startGroupWorld(['call', 'message']);
const { simulator } = world;

/** The body of the event of that call, after comparing every field of it. */
async function expectCall({ id }: Call, expected: Partial<CallData> = {}) {
  const before = Math.floor(Date.now() / 1000) - 60;
  const body = await instance.body('call', ({ call }) => call.id === id);
  const { timestamp } = body.data.call;
  assert.ok(timestamp > before && timestamp <= before + 180, 'seconds since 1970');
  const whole: CallData = {
    id,
    from: annaId,
    timestamp,
    isVideo: false,
    isGroup: false,
    fromMe: false,
    canHandleLocally: false,
    webClientShouldHandle: false,
    participants: [],
    ...expected,
  };
  assert.deepEqual(body.data, { call: whole });
  return body;
}

eventTest({ event: 'call', kind: 'voice' }, async () => expectCall(anna.call(shop)));

eventTest({ event: 'call', kind: 'video' }, async () =>
  expectCall(anna.call(shop, { video: true }), { isVideo: true }),
);

eventTest({ event: 'call', kind: 'of a group' }, async () => {
  const group = anna.createGroup('Club', [shop, ben]);
  const call = anna.call(shop, { group: group.jid, others: [ben] });
  return expectCall(call, { isGroup: true, participants: [benId] });
});

eventTest({ event: 'call', kind: 'notice of a group call' }, async () => {
  const group = anna.createGroup('Club', [shop, ben]);
  return expectCall(anna.call(shop, { group: group.jid, notice: true, video: true }), {
    isGroup: true,
    isVideo: true,
  });
});

eventTest({ event: 'call', kind: 'by phone number' }, async () =>
  expectCall(anna.call(shop, { addressing: 'pn' })),
);

eventTest({ event: 'call', kind: 'made while the instance was away' }, async () => {
  simulator.stall(shop, 'login');
  simulator.disconnect(shop, 'tcp-drop');
  await simulator.whenDisconnected(shop);
  const call = anna.call(shop);
  call.timeout();
  simulator.unstall(shop);
  return expectCall(call);
});

test('whatever becomes of a call, it is told once', async () => {
  const ends: ((call: Call) => void)[] = [
    (call) => call.accept(),
    (call) => call.reject(),
    (call) => call.terminate(),
    (call) => call.timeout(),
  ];
  const calls = ends.map((end) => {
    const call = anna.call(shop);
    for (const step of ['preaccept', 'transport', 'relaylatency'] as const) call.progress(step);
    end(call);
    return call.id;
  });
  // In the same chat, so all steps of the calls are taken when it is told.
  await anna.send(shop, 'did you hear it?');
  await instance.message('did you hear it?');
  const told = instance.data('call').map(({ call }) => call.id);
  for (const id of calls) assert.equal(told.filter((one) => one === id).length, 1);
});

test('a call that ended without its offer is none', async () => {
  const attrs = { from: anna.lidJid, id: '7000-1', t: String(Math.floor(Date.now() / 1000)) };
  const end = { 'call-id': 'GONE', 'call-creator': anna.lidJid, reason: 'timeout' };
  simulator.inject(shop, { tag: 'call', attrs, content: [{ tag: 'terminate', attrs: end }] });
  await anna.send(shop, 'missed you');
  await instance.message('missed you');
  assert.ok(instance.data('call').every(({ call }) => call.id !== 'GONE'));
});
