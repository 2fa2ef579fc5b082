import './mend-libsignal.ts';
import './mend-sender-keys.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GroupCipher } from 'baileys/lib/Signal/Group/group_cipher.js';
import { GroupSessionBuilder } from 'baileys/lib/Signal/Group/group-session-builder.js';
import { SenderKeyName } from 'baileys/lib/Signal/Group/sender-key-name.js';
import { SenderKeyRecord } from 'baileys/lib/Signal/Group/sender-key-record.js';

test('group messages are decrypted in whatever order they come', async () => {
  const name = new SenderKeyName('120363@g.us', { id: '4917', deviceId: 0, toString: () => '4917.0' });
  const [sender, receiver] = [storage(), storage()];
  const distribution = await new GroupSessionBuilder(sender).create(name);
  await new GroupSessionBuilder(receiver).process(name, distribution);
  const texts = ['one', 'two', 'three', 'four'];
  const messages: Uint8Array[] = [];
  for (const text of texts) messages.push(await new GroupCipher(sender, name).encrypt(Buffer.from(text)));
  for (const at of [2, 0, 3, 1]) {
    const message = messages[at] ?? assert.fail();
    assert.equal(Buffer.from(await new GroupCipher(receiver, name).decrypt(message)).toString(), texts[at]);
  }
});

/** Keeps records as Baileys' own storage does: as JSON. */
function storage() {
  let stored: Buffer | null = null;
  return {
    loadSenderKey: async () =>
      stored === null ? new SenderKeyRecord() : SenderKeyRecord.deserialize(stored),
    async storeSenderKey(_name: SenderKeyName, record: SenderKeyRecord) {
      stored = Buffer.from(JSON.stringify(record.serialize()));
    },
  };
}
