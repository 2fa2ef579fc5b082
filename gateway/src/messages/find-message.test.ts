import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageData } from '@eazewa/sdk/events';
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

    const find = (id: string, instance = 1) => findMessage(database, instance, id);
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
  });

  test(`${name}: what the store keeps beside a message is not told, and stays when its file moves`, async () => {
    const database = await open();
    const store = new MessageStore(database, 1);
    const data = message({ fromMe: false, remote: carol, id: 'A' });
    const reactions = { [carol]: { id: 'R', text: 'x', atMs: 1 } };
    await database.commit([store.put(7, { id: 'A', fromMe: false, ack: 1, data, reactions })]);
    assert.deepEqual(await findMessage(database, 1, data.id._serialized), data);
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
    assert.deepEqual(await findMessage(database, 1, own.id._serialized), moved);
    assert.deepEqual(await findMessage(database, 1, other.id._serialized), other);
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
    assert.equal((await findMessage(database, 1, 'B')).ack, 3);
    assert.equal((await store.find('B', true))?.data.ack, 3);
  });
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
