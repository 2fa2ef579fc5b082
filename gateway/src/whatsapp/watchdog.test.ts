import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../testing/fake-clock.ts';
import { Watchdog } from './watchdog.ts';

/** Stages with an end, and how many seconds nothing may happen in them. */
const starts = [
  { stage: 'socket', seconds: 20, reason: /could be opened/ },
  { stage: 'handshake', seconds: 20, reason: /did not answer the handshake/ },
  { stage: 'login', seconds: 30, reason: /did not answer the login/ },
  { stage: 'linked', seconds: 60, reason: /did not ask for a fresh connection/ },
  { stage: 'start', seconds: 60, reason: /did not finish the start within 60 seconds/ },
  { stage: 'replay', seconds: 60, reason: /stopped sending the messages of the time before/ },
] as const;

for (const { stage, seconds, reason } of starts) {
  test(`${stage} without any progress is given up after ${seconds} seconds, also when pings are answered`, () => {
    const { watchdog, clock, answerPings, given } = watching();
    watchdog.enter(stage);
    answerPings.on = true;
    clock.advance(seconds * 1000 - 1);
    assert.deepEqual(given, []);
    clock.advance(1);
    assert.match(given[0] ?? '', reason);
    clock.advance(3_600_000);
    assert.equal(given.length, 1);
  });
}

test('each stage has its own time', () => {
  const { watchdog, clock, given } = watching();
  for (const stage of ['handshake', 'login', 'start', 'replay', 'live'] as const) {
    clock.advance(19_000);
    watchdog.enter(stage);
  }
  assert.deepEqual(given, []);
});

test('a start goes on for as long as queries are answered', () => {
  const { watchdog, clock, given } = watching();
  watchdog.enter('start');
  for (const type of ['result', 'error', 'result', 'result']) {
    clock.advance(59_000);
    watchdog.see({ tag: 'iq', attrs: { id: 'of Baileys', type } });
  }
  assert.deepEqual(given, []);
  clock.advance(60_000);
  assert.equal(given.length, 1);
});

test('a replay of thousands is no stall, but live traffic beside a replay that is stuck is no progress', () => {
  const { watchdog, clock, given } = watching();
  watchdog.enter('replay');
  for (let count = 0; count < 1000; count++) {
    clock.advance(5000);
    watchdog.see({ tag: 'message', attrs: { offline: '1' } });
  }
  assert.deepEqual(given, []);
  for (let count = 0; count < 12; count++) {
    assert.deepEqual(given, []);
    clock.advance(5000);
    watchdog.see({ tag: 'message', attrs: {} });
  }
  assert.equal(given.length, 1);
});

for (const stage of ['live', 'qr'] as const) {
  test(`${stage}: silence is noticed after 45 seconds`, () => {
    const { watchdog, clock, pings, given } = watching();
    watchdog.enter(stage);
    clock.advance(44_999);
    assert.deepEqual([pings.length, given], [2, []]);
    clock.advance(1);
    assert.deepEqual(given, ['WhatsApp has sent nothing for 45 seconds.']);
  });

  test(`${stage}: pings that are answered are enough, one every 20 seconds`, () => {
    const { watchdog, clock, pings, answerPings, given } = watching();
    watchdog.enter(stage);
    answerPings.on = true;
    clock.advance(3_600_000);
    assert.deepEqual(given, []);
    assert.equal(pings.length, 180);
  });

  test(`${stage}: pings that are not answered for 90 seconds are noticed beside other traffic`, () => {
    const { watchdog, clock, given } = watching();
    watchdog.enter(stage);
    for (let second = 0; second < 90; second++) {
      assert.deepEqual(given, []);
      watchdog.see({ tag: 'message', attrs: { id: `${second}` } });
      clock.advance(1000);
    }
    assert.match(given[0] ?? '', /no ping for 90 seconds/);
  });
}

test('an answer that comes late, and one that says no, count too', () => {
  const { watchdog, clock, pings, given } = watching();
  watchdog.enter('live');
  for (let round = 0; round < 10; round++) {
    clock.advance(40_000);
    watchdog.see({ tag: 'iq', attrs: { id: pings.at(-2), type: 'error' } });
  }
  assert.deepEqual(given, []);
});

test('a start that is over pings from the login on', () => {
  const { watchdog, clock, pings } = watching();
  clock.advance(19_000);
  watchdog.enter('handshake');
  clock.advance(19_000);
  watchdog.enter('login');
  clock.advance(29_000);
  assert.equal(pings.length, 0);
  watchdog.enter('start');
  clock.advance(19_999);
  assert.equal(pings.length, 0);
  clock.advance(1);
  assert.equal(pings.length, 1);
});

for (const stage of ['login', 'replay', 'live', 'qr'] as const) {
  test(`${stage}: a sleep of the machine leaves 15 seconds for an answer, and a dead connection is found out`, () => {
    const { watchdog, clock, sleep, given } = watching();
    watchdog.enter(stage);
    clock.advance(10_000);
    sleep(8 * 3_600_000);
    clock.advance(14_999);
    assert.deepEqual(given, []);
    clock.advance(60_000);
    assert.equal(given.length, 1);
  });
}

test('after a sleep it asks at once, and with an answer all is well', () => {
  const { watchdog, clock, sleep, pings, answerPings, given } = watching();
  watchdog.enter('live');
  clock.advance(24_000);
  sleep(8 * 3_600_000);
  answerPings.on = true;
  const before = pings.length;
  clock.advance(5000);
  assert.ok(pings.length > before);
  clock.advance(3_600_000);
  assert.deepEqual(given, []);
});

test('time in which the process stood still does not count, however often it does', () => {
  const { watchdog, clock, sleep, given } = watching();
  watchdog.enter('live');
  for (let second = 0; second < 40; second += 5) {
    clock.advance(5000);
    sleep(4000);
  }
  clock.advance(4999);
  assert.deepEqual(given, []);
  clock.advance(5000);
  assert.equal(given.length, 1);
});

test('what comes right after a sleep does not make it deaf for as long', () => {
  const { watchdog, clock, sleep, given } = watching();
  watchdog.enter('live');
  clock.advance(1000);
  sleep(8 * 3_600_000);
  watchdog.see({ tag: 'message', attrs: {} });
  clock.advance(50_000);
  assert.equal(given.length, 1);
});

test('a connection that is over is not given up any more', () => {
  const { watchdog, clock, pings, given } = watching();
  watchdog.enter('live');
  watchdog.stop();
  watchdog.enter('replay');
  clock.advance(3_600_000);
  assert.deepEqual([given, pings], [[], []]);
  assert.equal(clock.nextInMs, null);
});

function watching() {
  const clock = new FakeClock();
  let sleptMs = 0;
  const given: string[] = [];
  const pings: string[] = [];
  const answerPings = { on: false };
  const watchdog: Watchdog = new Watchdog({
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic() + sleptMs,
      after: (ms, callback) => clock.after(ms, callback),
    },
    ping() {
      const id = `ping ${pings.length + 1}`;
      pings.push(id);
      if (answerPings.on) clock.after(100, () => watchdog.see({ tag: 'iq', attrs: { id, type: 'result' } }));
      return id;
    },
    giveUp: (reason) => given.push(reason),
  });
  watchdog.start();
  return {
    watchdog,
    clock,
    given,
    pings,
    answerPings,
    /** Time passes, and nobody is called before it has. */
    sleep: (ms: number) => void (sleptMs += ms),
  };
}
