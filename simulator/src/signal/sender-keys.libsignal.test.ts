import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  GroupCipher,
  GroupSessionBuilder,
  SenderKeyDistributionMessage,
  SenderKeyName,
  SenderKeyRecord,
} from 'baileys/lib/Signal/Group/index.js';
import { SenderKeys } from './sender-keys.ts';
import { SignalError } from './signal-error.ts';

const group = '120363000000000001@g.us';

test("Baileys' group cipher opens our messages, in and out of order", async () => {
  const ours = new SenderKeys();
  const theirs = new BaileysMember();
  await theirs.accept(ours.distribution(group));
  const texts = ['first', '', 'third', 'fourth', 'x'.repeat(1000)];
  const messages = texts.map((text) => encrypt(ours, text));
  for (const place of [0, 4, 2, 1, 3]) {
    assert.equal(await theirs.decrypt(messages[place]), texts[place]);
  }
});

test("we open the messages of Baileys' group cipher, in and out of order", async () => {
  const ours = new SenderKeys();
  const theirs = new BaileysMember();
  ours.accept(group, 'theirs', await theirs.distribution());
  const texts = ['first', 'second', 'third', 'fourth', 'x'.repeat(1000)];
  const messages: Uint8Array[] = [];
  for (const text of texts) messages.push(await theirs.encrypt(text));
  for (const place of [0, 4, 2, 1, 3]) {
    assert.equal(decrypt(ours, messages[place]), texts[place]);
  }
});

test('who gets the key later opens what comes from then on, and nothing from before', async () => {
  const ours = new SenderKeys();
  const early = encrypt(ours, 'early');
  const theirs = new BaileysMember();
  await theirs.accept(ours.distribution(group));
  await assert.rejects(theirs.decrypt(early), /old counter/);
  assert.equal(await theirs.decrypt(encrypt(ours, 'late')), 'late');

  const starter = new BaileysMember();
  const before = await starter.encrypt('early');
  ours.accept(group, 'theirs', await starter.distribution());
  assert.throws(() => decrypt(ours, before), code('duplicate_message'));
  assert.equal(decrypt(ours, await starter.encrypt('late')), 'late');
});

test('each side refuses what the other sent twice, and what it has not signed', async () => {
  const ours = new SenderKeys();
  const theirs = new BaileysMember();
  await theirs.accept(ours.distribution(group));
  ours.accept(group, 'theirs', await theirs.distribution());

  const toThem = encrypt(ours, 'hello');
  await theirs.decrypt(toThem);
  await assert.rejects(theirs.decrypt(toThem), /old counter/);
  await assert.rejects(theirs.decrypt(forged(encrypt(ours, 'forged'))), /Invalid signature/);
  const toUs = await theirs.encrypt('hello');
  assert.equal(decrypt(ours, toUs), 'hello');
  assert.throws(() => decrypt(ours, toUs), code('duplicate_message'));
  const next = await theirs.encrypt('next');
  assert.throws(() => decrypt(ours, forged(next)), code('bad_signature'));
  assert.equal(decrypt(ours, next), 'next');
});

test('a renewed key replaces the old one, whose late messages still open', async () => {
  const ours = new SenderKeys();
  const theirs = new BaileysMember();
  await theirs.accept(ours.distribution(group));
  const old = encrypt(ours, 'old');
  ours.renew(group);
  await assert.rejects(theirs.decrypt(encrypt(ours, 'unknown')), /No session found/);
  await theirs.accept(ours.distribution(group));
  assert.equal(await theirs.decrypt(encrypt(ours, 'new')), 'new');
  assert.equal(await theirs.decrypt(old), 'old');
});

test('a key that comes again changes nothing: messages from before it still open', async () => {
  const ours = new SenderKeys();
  const theirs = new BaileysMember();
  ours.accept(group, 'theirs', await theirs.distribution());
  const late = await theirs.encrypt('late');
  ours.accept(group, 'theirs', await theirs.distribution());
  assert.equal(decrypt(ours, await theirs.encrypt('next')), 'next');
  assert.equal(decrypt(ours, late), 'late');
});

test('without a key nothing opens, and a jump of more than 2000 is refused', () => {
  const [sender, receiver] = [new SenderKeys(), new SenderKeys()];
  assert.throws(() => decrypt(receiver, encrypt(sender, 'hello')), code('no_sender_key'));
  receiver.accept(group, 'theirs', sender.distribution(group));
  for (let count = 0; count < 2001; count++) sender.encrypt(group, new Uint8Array(1));
  assert.throws(() => decrypt(receiver, encrypt(sender, 'far')), code('too_far_ahead'));
});

function encrypt(keys: SenderKeys, text: string): Uint8Array {
  return keys.encrypt(group, Buffer.from(text));
}

function decrypt(keys: SenderKeys, message: Uint8Array | undefined): string {
  return Buffer.from(keys.decrypt(group, 'theirs', message ?? new Uint8Array())).toString();
}

function forged(message: Uint8Array): Uint8Array {
  const changed = new Uint8Array(message);
  changed[message.length - 70] = (changed[message.length - 70] ?? 0) ^ 1;
  return changed;
}

function code(expected: string): (error: unknown) => boolean {
  return (error) => error instanceof SignalError && error.code === expected;
}

/** A member of the group with the group cipher that Baileys uses, which knows one other sender. */
class BaileysMember {
  readonly #records = new Map<string, SenderKeyRecord>();
  readonly #storage = {
    loadSenderKey: (name: SenderKeyName) => Promise.resolve(this.#record(name)),
    storeSenderKey: (name: SenderKeyName, record: SenderKeyRecord) =>
      Promise.resolve(void this.#records.set(name.toString(), record)),
  };
  readonly #builder = new GroupSessionBuilder(this.#storage);

  async distribution(): Promise<Uint8Array> {
    return (await this.#builder.create(own)).serialize();
  }

  async accept(distribution: Uint8Array): Promise<void> {
    const message = new SenderKeyDistributionMessage(null, null, null, null, distribution);
    await this.#builder.process(other, message);
  }

  async encrypt(text: string): Promise<Uint8Array> {
    await this.#builder.create(own);
    return new GroupCipher(this.#storage, own).encrypt(Buffer.from(text));
  }

  async decrypt(message: Uint8Array | undefined): Promise<string> {
    const plaintext = await new GroupCipher(this.#storage, other).decrypt(message ?? new Uint8Array());
    return Buffer.from(plaintext).toString();
  }

  #record(name: SenderKeyName): SenderKeyRecord {
    const record = this.#records.get(name.toString()) ?? new SenderKeyRecord();
    this.#records.set(name.toString(), record);
    return record;
  }
}

const own = new SenderKeyName(group, { id: 'theirs', deviceId: 0, toString: () => 'theirs.0' });
const other = new SenderKeyName(group, { id: 'ours', deviceId: 0, toString: () => 'ours.0' });
