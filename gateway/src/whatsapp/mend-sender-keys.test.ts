import './mend-libsignal.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  GroupCipher,
  GroupSessionBuilder,
  SenderKeyDistributionMessage,
  SenderKeyName,
  SenderKeyRecord,
} from 'baileys/lib/Signal/Group/index.js';
import { mendSenderKeys } from './mend-sender-keys.ts';

const name = new SenderKeyName('1@g.us', { id: 'anna', deviceId: 0, toString: () => 'anna.0' });

test('keys that were stored before the mending are read, and messages that were overtaken decrypted', async () => {
  const [texts, decrypt] = await group();
  assert.equal(await decrypt(2), texts[2]);
  await assert.rejects(decrypt(0), /must be an instance of/, 'Baileys has mended it: this file can go');
  mendSenderKeys();
  for (const place of [1, 0, 3, 4]) assert.equal(await decrypt(place), texts[place]);
});

test('messages of a group are decrypted in whatever order they come, each once', async () => {
  mendSenderKeys();
  const [texts, decrypt] = await group();
  for (const place of [3, 0, 2, 1, 4]) assert.equal(await decrypt(place), texts[place]);
  await assert.rejects(decrypt(2), /old counter/);
});

/** Five messages of one writer, and a reader that has the writer's key and stores as Baileys does. */
async function group() {
  const [writer, reader] = [keys(), keys()];
  const key = (await new GroupSessionBuilder(writer).create(name)).serialize();
  const told = new SenderKeyDistributionMessage(null, null, null, null, key);
  await new GroupSessionBuilder(reader).process(name, told);
  const texts = ['zero', 'one', 'two', 'three', 'four'];
  const sent: Uint8Array[] = [];
  for (const text of texts) sent.push(await new GroupCipher(writer, name).encrypt(Buffer.from(text)));
  const decrypt = async (place: number) => {
    const plaintext = await new GroupCipher(reader, name).decrypt(sent[place] ?? assert.fail());
    return Buffer.from(plaintext).toString();
  };
  return [texts, decrypt] as const;
}

function keys(): ConstructorParameters<typeof GroupCipher>[0] {
  let stored: Uint8Array | null = null;
  return {
    loadSenderKey: () =>
      Promise.resolve(stored === null ? new SenderKeyRecord() : SenderKeyRecord.deserialize(stored)),
    storeSenderKey: (_, record) => {
      stored = Buffer.from(JSON.stringify(record.serialize()));
      return Promise.resolve();
    },
  };
}
