import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageData } from '@eazewa/sdk/events';
import { Addresses } from '../chats/addresses.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { GatewayError } from '../errors.ts';
import { formatMessageId } from '../jid.ts';
import { findMessage, moveFile } from './find-message.ts';
import { MessageStore } from './message-store.ts';

const carol = '491701234567@c.us';
const group = '120363000000000001@g.us';

for (const { name, open } of testDatabases()) {
  test(`${name}: a message is found by its whole id, and by the bare one while no other has that`, async () => {
    const database = await open();
    const store = new MessageStore(database, 1);
    const byCarol = message({ fromMe: false, remote: carol, id: 'A' }, '153978989985921@lid');
    const inGroup = message({ fromMe: false, remote: group, id: 'A', participant: carol });
    const own = message({ fromMe: true, remote: carol, id: 'B' });
    await database.commit([put(store, 7, byCarol), put(store, 8, inGroup), put(store, 7, own)]);

    const find = (id: string, instance = 1) => findMessage(database, instance, id, alone);
    for (const id of [byCarol.id._serialized, `${byCarol.id._serialized}_in`, 'false_153978989985921@lid_A'])
      assert.deepEqual(await find(id), byCarol, id);
    for (const id of [inGroup.id._serialized, `false_${group}_A`, `${inGroup.id._serialized}_in`])
      assert.deepEqual(await find(id), inGroup, id);
    for (const id of ['B', `true_${carol}_B`, `true_${carol}_B_out`])
      assert.deepEqual(await find(id), own, id);
    await refuses(find('A'), new RegExp(`Several messages have the id A: ask for one of .*_${carol}`));
    for (const id of [
      `true_${carol}_A`,
      'false_4911111@c.us_A',
      'C',
      'A%',
      '',
      'A\0',
      '\ud800',
      `true_${carol}_\0`,
    ])
      await refuses(find(id), /no message/);
    await refuses(find(own.id._serialized, 2), /no message/);
    const reaction = message({ fromMe: true, remote: carol, id: 'R' });
    await database.commit([
      store.put(7, { id: 'R', fromMe: true, ack: 1, data: reaction, isNoMessage: true }),
    ]);
    await refuses(find('R'), /no message/);
  });

  test(`${name}: a message is found by the other name of its chat too, once that is known, whichever it was told by`, async () => {
    const database = await open();
    const store = new MessageStore(database, 1);
    const lid = '153978989985921@lid';
    const byLid = message({ fromMe: false, remote: lid, id: 'L' }, lid);
    const byPhone = message({ fromMe: true, remote: carol, id: 'P' });
    const inGroup = message({ fromMe: false, remote: group, id: 'G', participant: carol });
    await database.commit([put(store, 7, byLid), put(store, 7, byPhone), put(store, 8, inGroup)]);
    const addresses = new Addresses(database, 1);
    const find = (id: string) => findMessage(database, 1, id, (jid) => addresses.formsOf(jid));
    const [otherOfL, otherOfP] = [`false_${carol}_L`, `true_${lid}_P`];
    for (const id of [otherOfL, otherOfP]) await refuses(find(id), /no message/);

    await database.commit(addresses.learn({ lid: '153978989985921', phone: '491701234567' }));
    for (const id of [otherOfL, `false_491701234567@s.whatsapp.net_L`, byLid.id._serialized])
      assert.deepEqual(await find(id), byLid, id);
    for (const id of [otherOfP, `${otherOfP}_out`, byPhone.id._serialized])
      assert.deepEqual(await find(id), byPhone, id);
    for (const id of [`true_${carol}_L`, `false_${lid}_P`, `false_4911111@c.us_L`, `false_${carol}_G`])
      await refuses(find(id), /no message/);
  });

  test(`${name}: of a message that was told under both names of its chat each id means its own`, async () => {
    const database = await open();
    const lid = '153978989985921@lid';
    const byLid = message({ fromMe: false, remote: lid, id: 'A' }, lid);
    const byPhone = message({ fromMe: false, remote: carol, id: 'A' });
    await database.commit([put(new MessageStore(database, 1), 7, byLid)]);
    await database.commit([put(new MessageStore(database, 1), 8, byPhone)]);
    const addresses = new Addresses(database, 1);
    await database.commit(addresses.learn({ lid: '153978989985921', phone: '491701234567' }));
    for (const told of [byLid, byPhone])
      assert.deepEqual(
        await findMessage(database, 1, told.id._serialized, (jid) => addresses.formsOf(jid)),
        told,
      );
  });

  test(`${name}: what the store keeps beside a message is not told, and stays when its file moves`, async () => {
    const database = await open();
    const store = new MessageStore(database, 1);
    const data = message({ fromMe: false, remote: carol, id: 'A' });
    const reactions = { [carol]: { id: 'R', text: 'x', atMs: 1 } };
    await database.commit([store.put(7, { id: 'A', fromMe: false, ack: 1, data, reactions })]);
    assert.deepEqual(await findMessage(database, 1, data.id._serialized, alone), data);
    await moveFile(database, store, 1, data, '/v/new.enc');
    const moved = await new MessageStore(database, 1).find('A', false);
    assert.deepEqual([moved?.reactions, moved?.data._data.directPath], [reactions, '/v/new.enc']);
  });

  test(`${name}: the new place of a file is kept, and nothing else of the message is lost`, async () => {
    const database = await open();
    const store = new MessageStore(database, 1);
    const own = message({ fromMe: true, remote: carol, id: 'B' });
    const other = message({ fromMe: true, remote: group, id: 'B', participant: carol });
    await database.commit([put(store, 8, other), put(store, 7, own)]);
    await moveFile(database, store, 1, own, '/v/new.enc');
    const moved = { ...own, _data: { ...own._data, directPath: '/v/new.enc' } };
    assert.deepEqual(await findMessage(database, 1, own.id._serialized, alone), moved);
    assert.deepEqual(await findMessage(database, 1, other.id._serialized, alone), other);
    assert.deepEqual(
      (await store.find('B', true))?.data,
      moved,
      'in memory too, where the next ack takes it from',
    );
    await moveFile(database, store, 1, message({ fromMe: true, remote: carol, id: 'C' }), '/v/new.enc');
  });

  test(`${name}: an ack that is on its way to the store is not undone by a new place`, async () => {
    const database = await open();
    const store = new MessageStore(database, 1);
    const own = message({ fromMe: true, remote: carol, id: 'B' });
    await database.commit([put(store, 7, own)]);
    const acked = { ...own, ack: 3 as const };
    const moving = moveFile(database, store, 1, own, '/v/new.enc');
    await Promise.all([moving, database.commit([put(store, 7, acked)])]);
    assert.equal((await findMessage(database, 1, 'B', alone)).ack, 3);
    assert.equal((await store.find('B', true))?.data.ack, 3);
  });
}

/** Of chats whose other name nobody knows. */
async function alone(jid: string): Promise<readonly string[]> {
  return [jid];
}

function message(parts: Parameters<typeof formatMessageId>[0], lid?: string): MessageData {
  const id = formatMessageId(parts);
  return {
    id,
    ack: 1,
    timestamp: 1,
    _data: { id, directPath: '/v/old.enc', ...(lid === undefined ? {} : { lid }) },
  } as unknown as MessageData;
}

function put(store: MessageStore, chatId: number, data: MessageData) {
  return store.put(chatId, { id: data.id.id, fromMe: data.id.fromMe, ack: data.ack, data });
}

async function refuses(promise: Promise<unknown>, explanation: RegExp): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof GatewayError);
    assert.equal(error.code, 'action_failed');
    assert.match(error.details.explanation ?? '', explanation);
    return true;
  });
}
