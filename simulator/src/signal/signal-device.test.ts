import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EncryptedMessage } from './signal-device.ts';
import { SignalDevice } from './signal-device.ts';
import { SignalError } from './signal-error.ts';
import type { SignalErrorCode } from './signal-error.ts';

test('a session starts with pkmsg and turns to msg once an answer was decrypted', () => {
  const { alice, bob } = pair();
  assert.equal(alice.hasSession('bob'), false);
  const first = alice.encrypt('bob', bytes('one'), bob.bundle());
  const second = alice.encrypt('bob', bytes('two'));
  assert.deepEqual([first.type, second.type], ['pkmsg', 'pkmsg']);
  assert.equal(open(bob, 'alice', first), 'one');
  assert.equal(open(bob, 'alice', second), 'two');
  const answer = bob.encrypt('alice', bytes('three'));
  assert.equal(answer.type, 'msg');
  assert.equal(open(alice, 'bob', answer), 'three');
  assert.equal(alice.encrypt('bob', bytes('four')).type, 'msg');
});

test('a bundle without a one-time pre-key starts a session too', () => {
  const { alice, bob } = pair();
  const bundle = bob.bundle({ oneTime: false });
  assert.equal(bundle.preKey, undefined);
  assert.equal(open(bob, 'alice', alice.encrypt('bob', bytes('hi'), bundle)), 'hi');
});

test('every bundle has another one-time pre-key, and each starts one session', () => {
  const { alice, bob } = pair();
  const bundle = bob.bundle();
  assert.notEqual(bob.bundle().preKey?.id, bundle.preKey?.id);
  open(bob, 'alice', alice.encrypt('bob', bytes('first'), bundle));
  const carol = new SignalDevice();
  throwsCode('unknown_pre_key', () => open(bob, 'carol', carol.encrypt('bob', bytes('again'), bundle)));
});

test('messages open in any order, across ratchet steps, each once', () => {
  const { alice, bob } = connected();
  const random = seeded(7);
  const waiting: { text: string; message: EncryptedMessage }[] = [];
  for (let round = 0; round < 60; round += 1) {
    const text = `message ${round}`;
    waiting.push({ text, message: alice.encrypt('bob', bytes(text)) });
    if (random() < 0.3) open(alice, 'bob', bob.encrypt('alice', bytes('step')));
    if (random() < 0.5) openOne(bob, waiting, random);
  }
  while (waiting.length > 0) openOne(bob, waiting, random);
});

test('a duplicate is named as such, whether pkmsg, in order or late', () => {
  const { alice, bob } = pair();
  const first = alice.encrypt('bob', bytes('first'), bob.bundle());
  open(bob, 'alice', first);
  throwsCode('duplicate_message', () => open(bob, 'alice', first));
  open(alice, 'bob', bob.encrypt('alice', bytes('answer')));
  const [skipped, next] = [alice.encrypt('bob', bytes('skipped')), alice.encrypt('bob', bytes('next'))];
  for (const message of [next, skipped]) {
    open(bob, 'alice', message);
    throwsCode('duplicate_message', () => open(bob, 'alice', message));
  }
});

test('a changed message is refused and leaves the original readable', () => {
  const { alice, bob } = connected();
  const message = alice.encrypt('bob', bytes('original'));
  const { ciphertext } = message;
  for (let position = 0; position < ciphertext.length; position += 1) {
    const changed = ciphertext.map((byte, index) => (index === position ? byte ^ 1 : byte));
    assert.throws(() => bob.decrypt('alice', 'msg', changed), SignalError, `byte ${position}`);
  }
  const otherMac = Buffer.concat([ciphertext.slice(0, -8), new Uint8Array(8)]);
  throwsCode('bad_mac', () => bob.decrypt('alice', 'msg', otherMac));
  assert.equal(open(bob, 'alice', message), 'original');
});

test('a cut message is refused with a SignalError, whatever its length', () => {
  const { alice, bob } = pair();
  const { ciphertext } = alice.encrypt('bob', bytes('first'), bob.bundle());
  for (let length = 0; length < ciphertext.length; length += 1) {
    assert.throws(() => bob.decrypt('alice', 'pkmsg', ciphertext.slice(0, length)), SignalError);
  }
});

test('a message 2000 ahead opens and one further does not', () => {
  const { alice, bob } = connected();
  const messages = Array.from({ length: 2002 }, (_, index) => alice.encrypt('bob', bytes(`${index}`)));
  const [first, last, beyond] = [messages[0], messages[2000], messages[2001]];
  assert.ok(first && last && beyond);
  throwsCode('too_far_ahead', () => open(bob, 'alice', beyond));
  assert.equal(open(bob, 'alice', last), '2000');
  assert.equal(open(bob, 'alice', first), '0');
  assert.equal(open(bob, 'alice', beyond), '2001');
});

test('two sides that start at once read each other and settle on one session', () => {
  const { alice, bob } = pair();
  const fromAlice = alice.encrypt('bob', bytes('from alice'), bob.bundle());
  const fromBob = bob.encrypt('alice', bytes('from bob'), alice.bundle());
  assert.equal(open(bob, 'alice', fromAlice), 'from alice');
  assert.equal(open(alice, 'bob', fromBob), 'from bob');
  for (let round = 0; round < 3; round += 1) {
    assert.equal(open(bob, 'alice', alice.encrypt('bob', bytes('to bob'))), 'to bob');
    assert.equal(open(alice, 'bob', bob.encrypt('alice', bytes('to alice'))), 'to alice');
  }
  assert.equal(alice.encrypt('bob', bytes('settled')).type, 'msg');
});

test('late messages of a closed session still open', () => {
  const { alice, bob } = connected();
  const late = alice.encrypt('bob', bytes('late'));
  bob.closeSession('alice');
  assert.equal(bob.hasSession('alice'), false);
  throwsCode('no_session', () => bob.encrypt('alice', bytes('no')));
  open(alice, 'bob', bob.encrypt('alice', bytes('anew'), alice.bundle()));
  assert.equal(open(bob, 'alice', late), 'late');
});

test('a signed pre-key that its identity did not sign is refused', () => {
  const { alice, bob } = pair();
  const forged = { ...bob.bundle(), identityKey: new SignalDevice().identity.publicKey };
  throwsCode('bad_signature', () => alice.encrypt('bob', bytes('hi'), forged));
  assert.equal(alice.hasSession('bob'), false);
});

test('a changed identity is refused both ways until it is trusted or the session deleted', () => {
  const { alice, bob } = connected();
  const reinstalled = new SignalDevice();
  alice.closeSession('bob');
  throwsCode('untrusted_identity', () => alice.encrypt('bob', bytes('hi'), reinstalled.bundle()));
  const first = reinstalled.encrypt('alice', bytes('it is me'), alice.bundle());
  throwsCode('untrusted_identity', () => open(alice, 'bob', first));
  alice.trust('bob', reinstalled.identity.publicKey);
  assert.equal(open(alice, 'bob', first), 'it is me');
  bob.deleteSession('alice');
  const old = bob.encrypt('alice', bytes('old'), alice.bundle());
  throwsCode('untrusted_identity', () => open(alice, 'bob', old));
  alice.deleteSession('bob');
  assert.equal(open(alice, 'bob', old), 'old');
});

test('without a session nothing is encrypted or decrypted', () => {
  const { bob } = connected();
  const carol = new SignalDevice();
  throwsCode('no_session', () => carol.encrypt('bob', bytes('hi')));
  throwsCode('no_session', () => open(carol, 'bob', bob.encrypt('alice', bytes('hi'))));
});

function pair() {
  return { alice: new SignalDevice(), bob: new SignalDevice() };
}

/** Two devices with a session that both have used. */
function connected() {
  const { alice, bob } = pair();
  open(bob, 'alice', alice.encrypt('bob', bytes('hello'), bob.bundle()));
  open(alice, 'bob', bob.encrypt('alice', bytes('hello')));
  return { alice, bob };
}

function openOne(
  receiver: SignalDevice,
  waiting: { text: string; message: EncryptedMessage }[],
  random: () => number,
): void {
  const [taken] = waiting.splice(Math.floor(random() * waiting.length), 1);
  if (taken) assert.equal(open(receiver, 'alice', taken.message), taken.text);
}

function open(receiver: SignalDevice, from: string, { type, ciphertext }: EncryptedMessage): string {
  return Buffer.from(receiver.decrypt(from, type, ciphertext)).toString();
}

function throwsCode(code: SignalErrorCode, action: () => unknown): void {
  assert.throws(action, (error) => error instanceof SignalError && error.code === code);
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text);
}

/** The mulberry32 generator: the same numbers in [0, 1) for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
