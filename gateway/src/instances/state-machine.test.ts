import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lifecycle } from '../events/translation.ts';
import {
  initialStanding,
  reconnectDelayMs,
  step,
  type Happening,
  type Standing,
  type Step,
} from './state-machine.ts';

const qr: Happening = { is: 'qr', code: 'code', base64: 'data:image/png;base64,AA==' };
const authenticated: Happening = { is: 'authenticated' };
const ready: Happening = { is: 'ready' };
const loading = (percent: number): Happening => ({ is: 'loading', percent });
const closed = (code: number, atLogin: boolean, readyForMs = 0): Happening => ({
  is: 'closed',
  end: { code, reason: 'said so', atLogin },
  readyForMs,
});

const linked = [loading(0), loading(50), authenticated, loading(100), ready];
const standings = {
  login: after(loading(0)),
  live: after(...linked),
};

test('a new number: QR codes, authenticated, restart, loading, ready', () => {
  const told = tell(qr, qr, authenticated, closed(515, false), ...linked);
  assert.deepEqual(told, [
    'qr',
    'qr',
    'authenticated',
    'loading_screen 0',
    'change_state OPENING',
    'loading_screen 50',
    'loading_screen 100',
    'ready',
    'change_state CONNECTED',
  ]);
});

test('a known number: loading moves, each percent and each event is told once', () => {
  const told = tell(loading(0), loading(0), loading(50), authenticated, authenticated, loading(100), ready);
  assert.deepEqual(told, [
    'loading_screen 0',
    'change_state OPENING',
    'loading_screen 50',
    'authenticated',
    'loading_screen 100',
    'ready',
    'change_state CONNECTED',
  ]);
});

test('within a connection loading only grows; the next one begins at 0', () => {
  const told = tell(
    loading(0),
    loading(50),
    loading(70),
    loading(60),
    loading(70),
    closed(428, false),
    loading(0),
  );
  assert.deepEqual(
    told.filter((line) => line.startsWith('loading')),
    [0, 50, 70, 0].map((percent) => `loading_screen ${percent}`),
  );
});

test('the state follows what is told', () => {
  const happenings = [qr, authenticated, closed(515, false), ...linked];
  const states: string[] = [];
  let standing = initialStanding;
  for (const happening of happenings) {
    standing = step(standing, happening).standing;
    states.push(standing.state);
  }
  assert.deepEqual(states, [
    'qr',
    'authenticated',
    'authenticated',
    'loading_screen',
    'loading_screen',
    'loading_screen',
    'loading_screen',
    'ready',
  ]);
});

interface Row {
  readonly code: number;
  readonly at: keyof typeof standings;
  readonly state: string;
  readonly told: readonly string[];
  readonly next: Step['next'];
  readonly forget?: boolean;
}

const ends: readonly Row[] = [
  final(401, 'login', 'auth_failure', 'UNPAIRED', 'LOGOUT', true),
  final(401, 'live', 'disconnected', 'UNPAIRED', 'LOGOUT', true),
  final(403, 'login', 'auth_failure', 'TOS_BLOCK', 'TOS_BLOCK'),
  final(403, 'live', 'disconnected', 'TOS_BLOCK', 'TOS_BLOCK'),
  final(405, 'login', 'disconnected', 'DEPRECATED_VERSION', 'DEPRECATED_VERSION'),
  final(405, 'live', 'disconnected', 'DEPRECATED_VERSION', 'DEPRECATED_VERSION'),
  final(411, 'login', 'auth_failure', 'UNPAIRED', 'UNPAIRED'),
  final(411, 'live', 'disconnected', 'UNPAIRED', 'UNPAIRED'),
  final(419, 'login', 'auth_failure', 'UNPAIRED', 'UNPAIRED'),
  final(419, 'live', 'disconnected', 'UNPAIRED', 'UNPAIRED'),
  final(440, 'login', 'disconnected', 'CONFLICT', 'CONFLICT'),
  final(440, 'live', 'disconnected', 'CONFLICT', 'CONFLICT'),
  final(500, 'login', 'auth_failure', 'UNPAIRED', 'UNPAIRED'),
  lost(500, 'live', ['change_state OPENING']),
  lost(408, 'login', ['change_state TIMEOUT']),
  lost(408, 'live', ['change_state TIMEOUT']),
  lost(428, 'login', []),
  lost(428, 'live', ['change_state OPENING']),
  lost(503, 'login', []),
  lost(503, 'live', ['change_state OPENING']),
  lost(0, 'login', []),
  lost(0, 'live', ['change_state OPENING']),
  // A code that nobody knows yet is no reason to give up.
  lost(599, 'live', ['change_state OPENING']),
  { code: 515, at: 'login', state: 'loading_screen', told: [], next: 'reconnect-at-once' },
  {
    code: 515,
    at: 'live',
    state: 'loading_screen',
    told: ['change_state OPENING'],
    next: 'reconnect-at-once',
  },
];
for (const { code, at, state, told, next, forget = false } of ends) {
  test(`${code} at ${at}: ${state}, ${next}${told.length === 0 ? ', nothing told' : ''}`, () => {
    const result = step(standings[at], closed(code, at === 'login'));
    assert.equal(result.standing.state, state);
    assert.deepEqual(result.changes.map(words), told);
    assert.equal(result.next, next);
    assert.equal(result.forget, forget);
    assert.match(result.standing.reason ?? '', /\w+ .*\.\)?$/);
  });
}

test('QR codes that nobody scans end in disconnected with the reason of the contract', () => {
  const end = { code: 408, reason: 'QR refs attempts ended', atLogin: true };
  const result = step(after(qr), { is: 'closed', end, readyForMs: 0 });
  assert.deepEqual(result.changes.map(words), [
    'change_state UNPAIRED',
    'disconnected Max qrcode retries reached',
  ]);
  assert.equal(result.standing.state, 'disconnected');
  assert.equal(result.next, 'stop');
  assert.equal(result.forget, true);
});

test('a link that WhatsApp never heard of is no refusal: the next QR code is shown at once', () => {
  const end = { code: 401, reason: 'said so', atLogin: true, isUnconfirmed: true };
  const { standing, changes, next, forget } = step(after(qr, authenticated, loading(0)), {
    is: 'closed',
    end,
    readyForMs: 0,
  });
  assert.deepEqual([standing.state, changes, next, forget], ['booting', [], 'reconnect-at-once', true]);
  assert.match(standing.reason ?? '', /interrupted/);
});

test('a connection that is lost while a QR code is shown tells nothing and begins again', () => {
  for (const code of [428, 408]) {
    const result = step(after(qr), closed(code, true));
    assert.deepEqual(result.changes, []);
    assert.equal(result.standing.state, 'booting');
    assert.equal(result.next, 'reconnect');
  }
});

test('after the first ready, a reconnect is told by change_state only', () => {
  const told = tell(
    ...linked,
    closed(428, false),
    ...linked,
    closed(503, false),
    closed(428, true),
    ...linked,
  );
  assert.deepEqual(told.slice(told.indexOf('ready') + 1), [
    'change_state CONNECTED',
    'change_state OPENING',
    'change_state CONNECTED',
    'change_state OPENING',
    'change_state CONNECTED',
  ]);
});

test('a login that is refused after a lost connection is told as what it is', () => {
  const told = tell(...linked, closed(428, false), loading(0), closed(401, true));
  assert.deepEqual(told.slice(-4), [
    'change_state OPENING',
    'auth_failure',
    'change_state UNPAIRED',
    'disconnected LOGOUT',
  ]);
});

test('failures count up until a connection stays ready for a minute, so one that flaps backs off', () => {
  const flapping = [...linked, closed(428, false, 59_999)];
  const failed = after(...flapping, ...flapping, closed(503, true), ...linked);
  assert.equal(failed.failures, 3);
  assert.equal(step(failed, closed(428, false, 59_999)).standing.failures, 4);
  assert.equal(step(failed, closed(428, false, 60_000)).standing.failures, 1);
});

test('a fresh connection that WhatsApp asks for again and again is no longer opened at once', () => {
  const asked = after(...linked, closed(515, false), ...linked);
  assert.equal(step(asked, closed(515, false)).next, 'reconnect');
  assert.equal(step(asked, closed(515, false, 60_000)).next, 'reconnect-at-once');
});

test('the fresh connection after pairing is no failure, also when QR codes were lost before', () => {
  const paired = after(qr, closed(428, true), qr, authenticated);
  const { standing, next, changes } = step(paired, closed(515, true));
  assert.deepEqual([standing.failures, next, changes], [1, 'reconnect-at-once', []]);
});

test('what the gateway ended because nobody answered leaves ready with TIMEOUT, and says why', () => {
  const reason = 'WhatsApp has sent nothing for 45 seconds.';
  const end = { code: 0, reason, atLogin: false, isTimeout: true };
  const { standing, changes, next } = step(standings.live, { is: 'closed', end, readyForMs: 0 });
  assert.deepEqual(changes.map(words), ['change_state TIMEOUT']);
  assert.deepEqual([standing.state, standing.reason], ['loading_screen', `${reason} Connecting again.`]);
  assert.equal(next, 'reconnect');
});

test('an instance that waits for its turn says so, and what ended the last connection', () => {
  const waiting: Happening = { is: 'waiting', openingAtOnce: 20 };
  const turn = 'Waiting for its turn to connect: the gateway opens 20 at a time.';
  assert.deepEqual(tell(waiting, { is: 'opening' }), []);
  assert.equal(after(waiting).reason, turn);
  assert.equal(after(waiting, { is: 'opening' }).reason, null);
  const lost = after(...linked, closed(503, false));
  const again = step(lost, waiting).standing;
  assert.equal(again.state, 'loading_screen');
  assert.equal(again.reason, `The connection to WhatsApp was lost (said so, 503). ${turn}`);
  assert.equal(step(again, { is: 'opening' }).standing.reason, lost.reason);
  assert.equal(step(again, ready).standing.reason, null);
});

test('the time between attempts doubles from half a second to a minute, and is never the same for all', () => {
  assert.deepEqual(
    [1, 2, 3, 7, 8, 9, 100, 10_000].map((failures) => reconnectDelayMs(failures, 1)),
    [500, 1000, 2000, 32_000, 60_000, 60_000, 60_000, 60_000],
  );
  for (const failures of [1, 5, 50]) {
    const [least, most] = [reconnectDelayMs(failures, 0), reconnectDelayMs(failures, 1)];
    assert.equal(least * 2, most);
    assert.ok(reconnectDelayMs(failures, 0.4) > least && reconnectDelayMs(failures, 0.4) < most);
  }
});

function final(
  code: number,
  at: Row['at'],
  state: 'auth_failure' | 'disconnected',
  waState: string,
  reason: string,
  forget = false,
): Row {
  const told = [
    ...(state === 'auth_failure' ? ['auth_failure'] : []),
    `change_state ${waState}`,
    `disconnected ${reason}`,
  ];
  return { code, at, state, told, next: 'stop', forget };
}

function lost(code: number, at: Row['at'], told: readonly string[]): Row {
  return { code, at, state: 'loading_screen', told, next: 'reconnect' };
}

function after(...happenings: Happening[]): Standing {
  return happenings.reduce((standing, happening) => step(standing, happening).standing, initialStanding);
}

/** Everything that receivers are told, in order. */
function tell(...happenings: Happening[]): string[] {
  let standing = initialStanding;
  return happenings.flatMap((happening) => {
    const result = step(standing, happening);
    standing = result.standing;
    return result.changes.map(words);
  });
}

function words(change: Lifecycle): string {
  if (change.is === 'change_state') return `change_state ${change.state}`;
  if (change.is === 'disconnected') return `disconnected ${change.reason}`;
  return change.is === 'loading_screen' ? `loading_screen ${change.percent}` : change.is;
}
