import './mend-libsignal.ts';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { Curve, generateSignalPubKey } from 'baileys';
import { SignalDevice } from '../../../simulator/src/signal/index.ts';
import { LibsignalDevice } from './testing/libsignal-device.ts';

const curve = createRequire(import.meta.url)('libsignal/src/curve.js') as {
  calculateSignature(privateKey: Uint8Array, message: Uint8Array): Buffer;
  verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
};

const { deriveSecrets } = createRequire(import.meta.url)('libsignal/src/crypto.js') as {
  readonly deriveSecrets: (
    input: Uint8Array,
    salt: Uint8Array,
    info: Uint8Array,
    chunks?: number,
  ) => Buffer[];
};

const message = Buffer.from('what is signed');

test('derived keys are those of the RFC (5869, A.3), as many as are asked for', () => {
  const derived = deriveSecrets(Buffer.alloc(22, 0x0b), Buffer.alloc(32), Buffer.alloc(0));
  assert.deepEqual(
    derived.map(({ length }) => length),
    [32, 32, 32],
  );
  assert.equal(
    Buffer.concat(derived).toString('hex').slice(0, 84),
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  );
  const two = deriveSecrets(Buffer.alloc(22, 0x0b), Buffer.alloc(32), Buffer.alloc(0), 2);
  assert.deepEqual(two, derived.slice(0, 2));
});

test('a good signature is good, with and without the type byte of the key', () => {
  const { public: publicKey, private: privateKey } = Curve.generateKeyPair();
  const signature = curve.calculateSignature(privateKey, message);
  assert.equal(curve.verifySignature(publicKey, message, signature), true);
  assert.equal(curve.verifySignature(generateSignalPubKey(publicKey), message, signature), true);
  assert.equal(Curve.verify(publicKey, message, signature), true);
  assert.equal(Curve.verify(publicKey, message, Curve.sign(privateKey, message)), true);
});

const forgeries: readonly (readonly [string, (signature: Buffer) => [Uint8Array, Uint8Array]])[] = [
  ['a changed signature', (signature) => [message, flipped(signature)]],
  ['a changed message', (signature) => [flipped(message), signature]],
  ['64 bytes of anything', () => [message, Buffer.alloc(64, 7)]],
  ['a signature that is cut off', (signature) => [message, signature.subarray(0, 60)]],
  ['no signature', () => [message, Buffer.alloc(0)]],
];
for (const [name, forge] of forgeries) {
  test(`${name} throws in libsignal, and is false for Baileys`, () => {
    const { public: publicKey, private: privateKey } = Curve.generateKeyPair();
    const [text, signature] = forge(curve.calculateSignature(privateKey, message));
    assert.throws(() => curve.verifySignature(generateSignalPubKey(publicKey), text, signature));
    assert.equal(Curve.verify(publicKey, text, signature), false);
    const other = Curve.generateKeyPair().public;
    assert.equal(Curve.verify(other, message, Curve.sign(privateKey, message)), false);
  });
}

test('a bundle whose signed pre-key somebody else signed starts no session', async () => {
  const [device, other, attacker] = [new LibsignalDevice(), new LibsignalDevice(), new LibsignalDevice()];
  const bundle = { ...other.bundle(), signedPreKey: attacker.bundle().signedPreKey };
  await assert.rejects(device.start(bundle), /Invalid signature/);
  await assert.rejects(device.encrypt('hello'), /No sessions/);
});

/** Who writes after both have begun a session: each letter is a message of that side, delivered at once. */
for (const turns of ['abab', 'baba', 'aabb', 'bbaa', 'abba', 'aaaabbbb']) {
  test(`two sides that begin a session at once read each other for ever after (${turns})`, async () => {
    const [a, b] = [new LibsignalDevice(), new LibsignalDevice()];
    await Promise.all([a.start(b.bundle()), b.start(a.bundle())]);
    const [fromA, fromB] = [await a.encrypt('from a'), await b.encrypt('from b')];
    assert.deepEqual([fromA.type, fromB.type], ['pkmsg', 'pkmsg']);
    assert.equal(await b.decrypt(fromA), 'from a');
    assert.equal(await a.decrypt(fromB), 'from b');

    for (const [place, turn] of turns.repeat(4).split('').entries()) {
      const [writer, reader] = turn === 'a' ? [a, b] : [b, a];
      assert.equal(await reader.decrypt(await writer.encrypt(`message ${place}`)), `message ${place}`);
    }
  });
}

test('messages that cross on both of two sessions can all be read, in whatever order they come', async () => {
  const [a, b] = [new LibsignalDevice(), new LibsignalDevice()];
  await Promise.all([a.start(b.bundle()), b.start(a.bundle())]);
  const first = [await a.encrypt('a 0'), await a.encrypt('a 1'), await a.encrypt('a 2')];
  const second = [await b.encrypt('b 0'), await b.encrypt('b 1')];
  for (const [number, each] of second.entries()) assert.equal(await a.decrypt(each), `b ${number}`);
  const answers = [await a.encrypt('a 3'), await a.encrypt('a 4')];
  for (const number of [2, 0]) assert.equal(await b.decrypt(first[number] ?? assert.fail()), `a ${number}`);
  for (const number of [1, 0]) {
    assert.equal(await b.decrypt(answers[number] ?? assert.fail()), `a ${number + 3}`);
  }
  assert.equal(await b.decrypt(first[1] ?? assert.fail()), 'a 1');
  assert.equal(await a.decrypt(await b.encrypt('b 2')), 'b 2');
});

test('the same holds against another implementation of Signal that writes first', async () => {
  const ours = new LibsignalDevice();
  const theirs = new SignalDevice();
  const { preKey: oneTime = assert.fail('no one-time key'), ...bundle } = theirs.bundle();
  await ours.start({
    registrationId: bundle.registrationId,
    identityKey: Buffer.from(generateSignalPubKey(bundle.identityKey)),
    signedPreKey: {
      keyId: bundle.signedPreKey.id,
      publicKey: Buffer.from(generateSignalPubKey(bundle.signedPreKey.publicKey)),
      signature: Buffer.from(bundle.signedPreKey.signature),
    },
    preKey: {
      keyId: oneTime.id,
      publicKey: Buffer.from(generateSignalPubKey(oneTime.publicKey)),
    },
  });
  const { signedPreKey, preKey, identityKey, registrationId } = ours.bundle();
  const ourBundle = {
    registrationId,
    identityKey: identityKey.subarray(1),
    signedPreKey: { ...signedPreKey, id: signedPreKey.keyId, publicKey: signedPreKey.publicKey.subarray(1) },
    preKey: { id: preKey.keyId, publicKey: preKey.publicKey.subarray(1) },
  };
  const toThem = await ours.encrypt('from us');
  const toUs = theirs.encrypt('us', Buffer.from('from them'), ourBundle);
  assert.equal(text(theirs.decrypt('us', toThem.type, toThem.bytes)), 'from us');
  const taken = { type: toUs.type, bytes: Buffer.from(toUs.ciphertext) };
  assert.equal(await ours.decrypt(taken), 'from them');
  for (let round = 0; round < 6; round++) {
    const { type, ciphertext } = theirs.encrypt('us', Buffer.from(`them ${round}`));
    assert.equal(await ours.decrypt({ type, bytes: Buffer.from(ciphertext) }), `them ${round}`);
    const answer = await ours.encrypt(`us ${round}`);
    assert.equal(text(theirs.decrypt('us', answer.type, answer.bytes)), `us ${round}`);
  }
});

test('a message that cannot be decrypted leaves every session as it was', async () => {
  const [a, b] = [new LibsignalDevice(), new LibsignalDevice()];
  await a.start(b.bundle());
  assert.equal(await b.decrypt(await a.encrypt('one')), 'one');
  assert.equal(await a.decrypt(await b.encrypt('two')), 'two');
  const good = await a.encrypt('three');
  const bad = { ...good, bytes: flipped(good.bytes) };
  await assert.rejects(b.decrypt(bad), /No matching sessions/);
  assert.equal(await b.decrypt(good), 'three');
  await assert.rejects(b.decrypt(good), /No matching sessions/);
  assert.equal(await a.decrypt(await b.encrypt('four')), 'four');
});

test('libsignal says nothing on the console, everybody else still can', async (t) => {
  const lines: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    t.mock.method(stream, 'write', (...[chunk, ...rest]: Parameters<typeof stream.write>) => {
      lines.push(String(chunk));
      return write(chunk, ...rest);
    });
  }
  const [a, b] = [new LibsignalDevice(), new LibsignalDevice()];
  await Promise.all([a.start(b.bundle()), b.start(a.bundle())]);
  // Two sessions at once: libsignal closes one, and prints it.
  await b.decrypt(await a.encrypt('one'));
  await a.decrypt(await b.encrypt('two'));
  await assert.rejects(b.decrypt({ type: 'msg', bytes: Buffer.alloc(50, 3) }));
  // oxlint-disable-next-line no-console -- that it still works is what is tested
  console.info('a line of ours');

  assert.deepEqual(
    lines.filter((line) => /session|closing|decrypt|privKey/i.test(line)),
    [],
  );
  assert.equal(lines.filter((line) => line.includes('a line of ours')).length, 1);
});

function flipped(bytes: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  const place = copy.length - 12;
  copy[place] = (copy[place] ?? 0) ^ 1;
  return copy;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
