import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ProtocolAddress, SessionBuilder, SessionCipher } from 'libsignal';
import type { SessionRecord, SignalStorage } from 'libsignal';
import { generateKeyPair, sign, withKeyType } from './curve.ts';
import type { KeyPair } from './curve.ts';
import type { PreKeyBundle } from './pre-keys.ts';
import { SignalDevice } from './signal-device.ts';
import type { EncryptedMessage } from './signal-device.ts';
import { SignalError } from './signal-error.ts';

/** libsignal prints its sessions with their private keys on the console. */
before(() => {
  for (const method of ['info', 'warn', 'error'] as const) console[method] = () => undefined;
});

test('libsignal opens our pkmsg and msg, and we open its answers', async () => {
  const ours = new SignalDevice();
  const theirs = new LibsignalDevice();
  for (const text of ['first', 'second', '']) {
    assert.equal(await theirs.decrypt(encrypt(ours, text, theirs.bundle())), text);
  }
  for (let round = 0; round < 5; round += 1) {
    assert.equal(decrypt(ours, await theirs.encrypt(`answer ${round}`)), `answer ${round}`);
    const message = encrypt(ours, `message ${round}`);
    assert.equal(message.type, 'msg');
    assert.equal(await theirs.decrypt(message), `message ${round}`);
  }
});

test('we open the pkmsg and msg of libsignal, and it opens our answers', async () => {
  const ours = new SignalDevice();
  const theirs = new LibsignalDevice();
  await theirs.start(ours.bundle());
  for (const text of ['first', 'second', '']) {
    const message = await theirs.encrypt(text);
    assert.equal(message.type, 'pkmsg');
    assert.equal(decrypt(ours, message), text);
  }
  for (let round = 0; round < 5; round += 1) {
    assert.equal(await theirs.decrypt(encrypt(ours, `answer ${round}`)), `answer ${round}`);
    assert.equal(decrypt(ours, await theirs.encrypt(`message ${round}`)), `message ${round}`);
  }
});

test('bundles without a one-time pre-key work both ways', async () => {
  const [ours, theirs] = [new SignalDevice(), new LibsignalDevice()];
  const { preKey, ...withoutPreKey } = theirs.bundle();
  assert.ok(preKey);
  assert.equal(await theirs.decrypt(encrypt(ours, 'to them', withoutPreKey)), 'to them');
  const [others, starter] = [new SignalDevice(), new LibsignalDevice()];
  await starter.start(others.bundle({ oneTime: false }));
  assert.equal(decrypt(others, await starter.encrypt('to us')), 'to us');
});

test('many messages cross out of order and all open on the other side', async () => {
  const random = seeded(42);
  const ours = new SignalDevice();
  const theirs = new LibsignalDevice();
  await theirs.decrypt(encrypt(ours, 'hello', theirs.bundle()));
  decrypt(ours, await theirs.encrypt('hello'));
  const toThem: Waiting[] = [];
  const toUs: Waiting[] = [];
  for (let round = 0; round < 300; round += 1) {
    const text = `${round} ${'x'.repeat(Math.floor(random() * 100))}`;
    if (random() < 0.5) toThem.push({ text, message: encrypt(ours, text) });
    else toUs.push({ text, message: await theirs.encrypt(text) });
    if (random() < 0.4) await deliver(toThem, random, (message) => theirs.decrypt(message));
    if (random() < 0.4) await deliver(toUs, random, (message) => decrypt(ours, message));
  }
  while (toThem.length > 0) await deliver(toThem, random, (message) => theirs.decrypt(message));
  while (toUs.length > 0) await deliver(toUs, random, (message) => decrypt(ours, message));
});

test('each side refuses what the other sent twice', async () => {
  const ours = new SignalDevice();
  const theirs = new LibsignalDevice();
  const toThem = encrypt(ours, 'hello', theirs.bundle());
  await theirs.decrypt(toThem);
  await assert.rejects(theirs.decrypt(toThem), /Key used already/);
  const toUs = await theirs.encrypt('hello');
  decrypt(ours, toUs);
  assert.throws(
    () => decrypt(ours, toUs),
    (error) => error instanceof SignalError && error.code === 'duplicate_message',
  );
});

test('two sides that start at once read each other, and settle once libsignal has answered', async () => {
  const ours = new SignalDevice();
  const theirs = new LibsignalDevice();
  await theirs.start(ours.bundle());
  const toUs = await theirs.encrypt('from them');
  const toThem = encrypt(ours, 'from us', theirs.bundle());
  assert.equal(decrypt(ours, toUs), 'from them');
  assert.equal(await theirs.decrypt(toThem), 'from us');
  // Were we to write first, npm libsignal would try its newer session first and step its ratchet in vain.
  for (let round = 0; round < 4; round += 1) {
    assert.equal(decrypt(ours, await theirs.encrypt('to us')), 'to us');
    assert.equal(await theirs.decrypt(encrypt(ours, 'to them')), 'to them');
  }
});

interface Waiting {
  text: string;
  message: EncryptedMessage;
}

// Further back a message could belong to a chain that is forgotten: five are kept, as in Signal's own libsignal.
const reorderMax = 5;

async function deliver(
  waiting: Waiting[],
  random: () => number,
  open: (message: EncryptedMessage) => string | Promise<string>,
): Promise<void> {
  const [taken] = waiting.splice(Math.floor(random() * Math.min(waiting.length, reorderMax)), 1);
  if (taken) assert.equal(await open(taken.message), taken.text);
}

function encrypt(device: SignalDevice, text: string, bundle?: PreKeyBundle): EncryptedMessage {
  return device.encrypt('theirs', Buffer.from(text), bundle);
}

function decrypt(device: SignalDevice, { type, ciphertext }: EncryptedMessage): string {
  return Buffer.from(device.decrypt('theirs', type, ciphertext)).toString();
}

/** A device of npm libsignal, which Baileys uses, that knows one other device. */
class LibsignalDevice {
  readonly #identity = generateKeyPair();
  readonly #signedPreKey = generateKeyPair();
  readonly #preKey = generateKeyPair();
  readonly #sessions = new Map<string, SessionRecord>();
  readonly #cipher: SessionCipher;
  readonly #builder: SessionBuilder;

  constructor() {
    const address = new ProtocolAddress('ours', 0);
    this.#cipher = new SessionCipher(this.#storage(), address);
    this.#builder = new SessionBuilder(this.#storage(), address);
  }

  bundle(): PreKeyBundle {
    const { publicKey } = this.#signedPreKey;
    return {
      registrationId: 4711,
      identityKey: this.#identity.publicKey,
      signedPreKey: { id: 3, publicKey, signature: sign(this.#identity.privateKey, withKeyType(publicKey)) },
      preKey: { id: 9, publicKey: this.#preKey.publicKey },
    };
  }

  async start(bundle: PreKeyBundle): Promise<void> {
    const { registrationId, identityKey, signedPreKey, preKey } = bundle;
    const session = {
      registrationId,
      identityKey: typed(identityKey),
      signedPreKey: {
        keyId: signedPreKey.id,
        publicKey: typed(signedPreKey.publicKey),
        signature: Buffer.from(signedPreKey.signature),
      },
      ...(preKey ? { preKey: { keyId: preKey.id, publicKey: typed(preKey.publicKey) } } : {}),
    };
    // libsignal's own types say that the one-time pre-key is required; its code does not.
    const builder: { initOutgoing(session: object): Promise<void> } = this.#builder;
    await builder.initOutgoing(session);
  }

  async encrypt(text: string): Promise<EncryptedMessage> {
    const { type, body } = await this.#cipher.encrypt(Buffer.from(text));
    return { type: type === 3 ? 'pkmsg' : 'msg', ciphertext: Buffer.from(body, 'binary') };
  }

  async decrypt({ type, ciphertext }: EncryptedMessage): Promise<string> {
    const encrypted = Buffer.from(ciphertext);
    const plaintext =
      type === 'pkmsg'
        ? await this.#cipher.decryptPreKeyWhisperMessage(encrypted)
        : await this.#cipher.decryptWhisperMessage(encrypted);
    return plaintext.toString();
  }

  #storage(): SignalStorage {
    return {
      loadSession: (id) => Promise.resolve(this.#sessions.get(id)),
      storeSession: (id, session) => Promise.resolve(void this.#sessions.set(id, session)),
      isTrustedIdentity: () => true,
      loadPreKey: (id) => Promise.resolve(id === 9 ? libsignalPair(this.#preKey) : undefined),
      removePreKey: () => undefined,
      loadSignedPreKey: () => libsignalPair(this.#signedPreKey),
      getOurRegistrationId: () => 4711,
      getOurIdentity: () => libsignalPair(this.#identity),
    };
  }
}

function libsignalPair({ publicKey, privateKey }: KeyPair) {
  return { pubKey: typed(publicKey), privKey: Buffer.from(privateKey) };
}

function typed(publicKey: Uint8Array): Buffer {
  return Buffer.from(withKeyType(publicKey));
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
