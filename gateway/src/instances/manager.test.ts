import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { slowDatabase } from '../database/testing/slow-database.ts';
import { GatewayError } from '../errors.ts';
import { until } from '../testing/until.ts';
import { managerOn, settle } from './testing/managing.ts';
import { own } from './testing/scripted-connector.ts';

const databases = testDatabases();
const [sqlite = assert.fail('there is no SQLite')] = databases;

for (const { name, open } of databases) {
  test(`${name}: an instance is created, found, renamed, and known after a restart`, async () => {
    const database = await open();
    const { manager, connector, restart } = await managerOn(database);
    const instance = await manager.create({ name: 'Shop' });
    assert.deepEqual([instance.name, instance.state], ['Shop', 'booting']);
    (await connector.opened(1)).becomeReady();
    await manager.rename(instance.id, 'Shop Berlin');

    const next = await restart();
    const found = await next.manager.get(instance.id);
    assert.deepEqual(
      [found.name, found.phone, found.lid, found.pushName],
      ['Shop Berlin', own.phone, own.lid, own.pushName],
    );
    assert.deepEqual(await next.manager.list('berlin'), [found]);
    assert.deepEqual(await next.manager.list(String(instance.id)), [found]);
    assert.deepEqual(await next.manager.list('Hamburg'), []);
    await next.connector.opened(1);
    await next.manager.stop();
  });

  test(`${name}: a removed instance leaves nothing, and its number is never given again`, async () => {
    const database = await open();
    const { manager, connector, told } = await managerOn(database);
    const { id } = await manager.create({});
    const { id: other } = await manager.create({});
    (await connector.opened(2)).becomeReady();
    await manager.remove(id);

    await assert.rejects(manager.get(id), { code: 'not_found' });
    assert.deepEqual(await told(id), []);
    const { id: third } = await manager.create({});
    assert.ok(third > other && other > id);
    await manager.remove(third);
    assert.ok((await manager.create({})).id > third);
    await manager.stop();
  });
}

test('what happens to a connection is recorded in order, and the state with it', async () => {
  const { manager, connector, told, stored } = await managerOn(await sqlite.open());
  const { id } = await manager.create({});
  const connection = await connector.opened(1);
  connection.listener.qr('one');
  await until(async () => (await manager.get(id)).state === 'qr');
  assert.equal(await manager.qr(id), 'one');
  connection.becomeReady();
  assert.equal(await manager.qr(id), null);
  assert.equal(manager.sender(id), connection);
  await manager.stop();

  assert.deepEqual(await told(id), [
    'qr',
    'loading_screen',
    'change_state',
    'authenticated',
    'ready',
    'change_state',
  ]);
  assert.equal((await stored(id))?.['state'], 'ready');
});

test('a QR code that is drawn when the phone has scanned the one before it is not shown', async () => {
  const { manager, connector, told } = await managerOn(await sqlite.open());
  const { id } = await manager.create({});
  const { listener } = await connector.opened(1);
  listener.qr('one');
  await until(async () => (await manager.get(id)).state === 'qr');
  listener.qr('two');
  listener.authenticated(own);
  assert.equal((await manager.get(id)).state, 'authenticated');
  // The next one would come after it.
  listener.qr('three');
  await until(async () => (await manager.get(id)).state === 'qr');
  assert.equal(await manager.qr(id), 'three');
  await manager.stop();
  assert.deepEqual(await told(id), ['qr', 'authenticated', 'qr']);
});

test('a lost connection is opened again after a while, longer each time', async () => {
  const { manager, connector, clock } = await managerOn(await sqlite.open());
  await manager.create({});
  (await connector.opened(1)).becomeReady();
  for (const [count, waitMs] of [500, 1000, 2000].entries()) {
    connector.last.end();
    assert.equal(clock.nextInMs, waitMs);
    clock.advance(waitMs);
    await connector.opened(count + 2);
  }
  assert.equal(connector.openAtOnce, 1);
  await manager.stop();
});

test('an end that only a person can change is not followed by a connection until they act', async () => {
  const { manager, connector, clock } = await managerOn(await sqlite.open());
  const { id } = await manager.create({});
  (await connector.opened(1)).becomeReady();
  connector.last.end({ code: 440, reason: 'replaced' });
  clock.advance(3_600_000);
  assert.equal(connector.connections.length, 1);
  assert.throws(() => manager.sender(id), { code: 'action_failed' });
  await manager.reboot(id);
  await connector.opened(2);
  await manager.stop();
});

test('an instance that ended for good stays so over a restart; one that was connected is connected again', async () => {
  const database = await sqlite.open();
  const { manager, connector, restart } = await managerOn(database);
  const { id: ended } = await manager.create({});
  (await connector.opened(1)).end({ code: 403, reason: 'banned' });
  await manager.create({});
  await connector.opened(2);
  const next = await restart();
  await next.connector.opened(1);
  assert.deepEqual(
    next.connector.connections.map(({ instanceId }) => instanceId === ended),
    [false],
  );
  assert.equal((await next.manager.get(ended)).state, 'disconnected');
  await next.manager.stop();
});

test('an unlinked number is forgotten before the next connection opens', async () => {
  const { manager, connector } = await managerOn(await sqlite.open());
  const { id } = await manager.create({});
  (await connector.opened(1)).becomeReady();
  const forgetting = Promise.withResolvers<void>();
  connector.forgetting = forgetting.promise;
  await manager.logout(id);
  assert.equal((await manager.get(id)).phone, null);

  assert.equal(await manager.qr(id), null);
  await settle();
  assert.equal(connector.connections.length, 1);
  forgetting.resolve();
  await connector.opened(2);
  assert.deepEqual(connector.forgotten, [id]);
  await manager.stop();
});

test('several reboots at once are one new connection, opened when the old one has settled', async () => {
  const { manager, connector, told } = await managerOn(await sqlite.open());
  const { id } = await manager.create({});
  const first = await connector.opened(1);
  first.becomeReady();
  await until(async () => (await told(id)).length === 5);
  const closing = Promise.withResolvers<void>();
  first.closing = closing.promise;
  const reboots = [manager.reboot(id), manager.reboot(id), manager.reboot(id)];
  await settle();
  assert.equal(connector.connections.length, 1);
  closing.resolve();
  await Promise.all(reboots);
  await connector.opened(2);
  await settle();

  assert.equal(connector.connections.length, 2);
  assert.equal(connector.openAtOnce, 1);
  connector.last.becomeReady();
  assert.equal(manager.sender(id), connector.last);
  await manager.stop();
});

test('a reboot while a connection is being opened closes that one', async () => {
  const { manager, connector } = await managerOn(await sqlite.open());
  const opening = Promise.withResolvers<void>();
  connector.opening = opening.promise;
  const { id } = await manager.create({});
  await settle();
  const reboot = manager.reboot(id);
  await settle();
  opening.resolve();
  await reboot;
  await connector.opened(2);
  assert.equal(connector.openAtOnce, 1);
  assert.deepEqual(
    connector.connections.map(({ isOpen }) => isOpen),
    [false, true],
  );
  await manager.stop();
});

test('what an old connection still says changes nothing', async () => {
  const { manager, connector, told } = await managerOn(await sqlite.open());
  const { id } = await manager.create({});
  const old = await connector.opened(1);
  await manager.reboot(id);
  await connector.opened(2);
  old.becomeReady();
  old.end({ code: 401 });
  assert.equal((await manager.get(id)).state, 'booting');
  await manager.stop();
  assert.deepEqual(await told(id), []);
  assert.deepEqual(connector.forgotten, []);
});

test('a removal while a connection is being opened leaves none open', async () => {
  const { manager, connector } = await managerOn(await sqlite.open());
  const opening = Promise.withResolvers<void>();
  connector.opening = opening.promise;
  const { id } = await manager.create({});
  await settle();
  const removal = manager.remove(id);
  opening.resolve();
  await removal;
  assert.deepEqual(
    connector.connections.map(({ isOpen }) => isOpen),
    [false],
  );
  assert.equal(manager.peek(id), undefined);
});

test('a removal that the store refuses can be asked for again', async () => {
  const database = slowDatabase(await sqlite.open(), 0);
  const { manager, connector } = await managerOn(database);
  const { id } = await manager.create({});
  await connector.opened(1);
  await manager.rename(id, 'still there');
  database.failing = true;
  await assert.rejects(manager.remove(id), { name: 'StoreFailure' });
  assert.equal((await manager.get(id)).name, 'still there');
  database.failing = false;
  await manager.remove(id);
  await assert.rejects(manager.get(id), { code: 'not_found' });
  assert.deepEqual(await database.all(sql`select id from instances`), []);
});

test('changes that happen while the store is down are recorded when it is back, in order', async () => {
  const database = slowDatabase(await sqlite.open(), 0);
  const { manager, connector, clock, told, stored } = await managerOn(database);
  const { id } = await manager.create({});
  const connection = await connector.opened(1);
  await manager.rename(id, 'shop');
  database.failing = true;
  connection.becomeReady();
  await until(() => clock.timersInMs.includes(1000));
  assert.equal((await manager.get(id)).state, 'ready');
  clock.advance(1000);
  await until(() => clock.timersInMs.includes(1000));
  database.failing = false;
  clock.advance(1000);
  await manager.stop();

  assert.deepEqual(await told(id), [
    'loading_screen',
    'change_state',
    'authenticated',
    'ready',
    'change_state',
  ]);
  assert.deepEqual([(await stored(id))?.['state'], (await stored(id))?.['name']], ['ready', 'shop']);
});

test('a gateway that stops does not wait for a store that is down', async () => {
  const database = slowDatabase(await sqlite.open(), 0);
  const { manager, connector, clock } = await managerOn(database);
  const { id } = await manager.create({});
  const connection = await connector.opened(1);
  await manager.rename(id, 'shop');
  database.failing = true;
  connection.becomeReady();
  const stopping = manager.stop();
  await until(() => clock.timersInMs.includes(1000) || !connection.isOpen);
  clock.advance(1000);
  await stopping;
  assert.equal(connection.isOpen, false);
});

test('a connection that cannot be opened is tried again', async () => {
  const { manager, connector, clock } = await managerOn(await sqlite.open());
  connector.opening = Promise.reject(new Error('the store is down'));
  connector.opening.catch(() => undefined);
  const { id } = await manager.create({});
  await until(() => clock.nextInMs !== null);
  assert.match((await manager.get(id)).stateReason ?? '', /the store is down\. Connecting again\./);
  connector.opening = Promise.resolve();
  clock.advance(500);
  await connector.opened(1);
  await manager.stop();
});

test('a name that the store refuses stays as it was, and nothing else is held up by it', async () => {
  const { manager, connector, stored } = await managerOn(await sqlite.open());
  const { id } = await manager.create({ name: 'good' });
  const connection = await connector.opened(1);
  await assert.rejects(manager.rename(id, 'bad\u0000'), { name: 'DataError' });
  connection.listener.ready({ ...own, pushName: 'odd \u0000 name \ud800' });
  await manager.stop();
  assert.equal((await manager.get(id)).name, 'good');
  assert.deepEqual(
    [(await stored(id))?.['state'], (await stored(id))?.['push_name']],
    ['ready', 'odd  name \ufffd'],
  );
});

test('a pairing code is given while a QR code is shown, and at no other time', async () => {
  const { manager, connector } = await managerOn(await sqlite.open());
  const { id } = await manager.create({});
  const { listener } = await connector.opened(1);
  await assert.rejects(manager.requestPairingCode(id, '491701234567'), GatewayError);
  listener.qr('code');
  await until(async () => (await manager.get(id)).state === 'qr');
  assert.equal(await manager.requestPairingCode(id, '491701234567'), 'ABCD1234');
  listener.authenticated(own);
  await assert.rejects(manager.requestPairingCode(id, '491701234567'), { code: 'action_failed' });
  await manager.stop();
});

test('a connection is of no use at once when it ends, and the next one waits for its last writes', async () => {
  const { manager, connector, clock } = await managerOn(await sqlite.open());
  const { id } = await manager.create({});
  const first = await connector.opened(1);
  first.becomeReady();
  const closing = Promise.withResolvers<void>();
  first.closing = closing.promise;
  first.end({ code: 0, reason: 'WhatsApp has sent nothing for 45 seconds.', isTimeout: true });
  assert.throws(() => manager.sender(id), { code: 'action_failed' });
  const { state, stateReason } = await manager.get(id);
  assert.deepEqual(
    [state, stateReason],
    ['loading_screen', 'WhatsApp has sent nothing for 45 seconds. Connecting again.'],
  );
  clock.advance(60_000);
  await settle();
  assert.equal(connector.connections.length, 1);
  closing.resolve();
  (await connector.opened(2)).becomeReady();
  assert.equal(manager.sender(id), connector.last);
  await manager.stop();
});

test('while a fresh connection is opened that WhatsApp asked for, nothing is sent by it', async () => {
  const { manager, connector, clock } = await managerOn(await sqlite.open());
  const { id } = await manager.create({});
  (await connector.opened(1)).becomeReady();
  connector.last.end({ code: 515 });
  clock.advance(0);
  await connector.opened(2);
  await settle();
  assert.throws(() => manager.sender(id), { code: 'action_failed' });
  connector.last.becomeReady();
  assert.equal(manager.sender(id), connector.last);
  await manager.stop();
});

test('a connection that becomes ready and is lost at once is opened ever more slowly, until one stays', async () => {
  const { manager, connector, clock } = await managerOn(await sqlite.open());
  await manager.create({});
  const waits: (number | null)[] = [];
  for (const [count, readyForMs] of [0, 100, 59_000, 60_000, 0].entries()) {
    (await connector.opened(count + 1)).becomeReady();
    clock.advance(readyForMs);
    connector.last.end();
    waits.push(clock.nextInMs);
    clock.advance(clock.nextInMs ?? 0);
  }
  assert.deepEqual(waits, [500, 1000, 2000, 500, 1000]);
  await connector.opened(6);
  await manager.stop();
});

test('at the start no more connections than the limit are opened at once, and a QR code holds nobody up', async () => {
  const database = await sqlite.open();
  const first = await managerOn(database, 2);
  for (let count = 0; count < 5; count++) await first.manager.create({});
  const { manager, connector } = await first.restart();
  const reasons = async () => (await manager.list()).map(({ stateReason }) => stateReason);
  await connector.opened(2);
  await settle();
  assert.equal(connector.connections.length, 2);
  const waiting = 'Waiting for its turn to connect: the gateway opens 2 at a time.';
  assert.deepEqual(await reasons(), [null, null, waiting, waiting, waiting]);

  connector.connections[0]?.listener.qr('a person takes minutes to scan it');
  connector.connections[1]?.listener.authenticated(own);
  await connector.opened(4);
  await settle();
  assert.equal(connector.connections.length, 4);
  connector.connections[2]?.end();
  await connector.opened(5);
  assert.deepEqual((await reasons()).slice(3), [null, null]);
  await manager.stop();
});

test('an instance that waits for its turn can be rebooted, removed and stopped', async () => {
  const { manager, connector } = await managerOn(await sqlite.open(), 1);
  const { id: holder } = await manager.create({});
  const { id: waiting } = await manager.create({});
  const { id: removed } = await manager.create({});
  await connector.opened(1);
  await settle();
  await manager.reboot(waiting);
  await manager.remove(removed);
  await manager.remove(holder);
  await connector.opened(2);
  await settle();
  assert.deepEqual(
    connector.connections.map(({ instanceId }) => instanceId),
    [holder, waiting],
  );
  await manager.stop();
  assert.deepEqual(
    connector.connections.map(({ isOpen }) => isOpen),
    [false, false],
  );
});

test('in a pause nothing is connected, and after it everything that is to run', async () => {
  const database = await sqlite.open();
  const { manager, connector, told, clock } = await managerOn(database);
  const { id: running } = await manager.create({});
  (await connector.opened(1)).becomeReady();
  const { id: ended } = await manager.create({});
  (await connector.opened(2)).end({ code: 403, reason: 'banned' });
  const { id: lost } = await manager.create({});
  (await connector.opened(3)).end();
  const { id: scanning } = await manager.create({});
  (await connector.opened(4)).listener.qr('one');
  await until(async () => (await manager.get(scanning)).state === 'qr');

  await manager.pause('No space.');
  const { id: fresh } = await manager.create({});
  assert.deepEqual(
    connector.connections.filter(({ isOpen }) => isOpen),
    [],
  );
  const standings = async () =>
    (await manager.list()).map(({ id, state, stateReason }) => [id, state, stateReason]);
  assert.deepEqual(
    (await standings()).filter(([id]) => id !== ended),
    [
      [running, 'loading_screen', 'No space.'],
      [lost, 'booting', 'No space.'],
      [scanning, 'booting', 'No space.'],
      [fresh, 'booting', 'No space.'],
    ],
  );
  assert.throws(() => manager.sender(running), { code: 'action_failed' });
  await manager.reboot(fresh);
  clock.advance(3_600_000);
  await settle();
  assert.equal(connector.connections.length, 4);

  manager.resume();
  await connector.opened(8);
  await settle();
  assert.deepEqual(
    connector.connections.slice(4).map(({ instanceId }) => instanceId),
    [running, lost, scanning, fresh],
  );
  assert.equal((await manager.get(running)).stateReason, null);
  assert.equal((await manager.get(ended)).state, 'disconnected');
  connector.connections[4]?.becomeReady();
  await manager.stop();
  assert.deepEqual((await told(running)).slice(5), ['change_state', 'change_state']);
});

test('a connection that is being opened when a pause begins is closed', async () => {
  const { manager, connector } = await managerOn(await sqlite.open());
  const opening = Promise.withResolvers<void>();
  connector.opening = opening.promise;
  await manager.create({});
  await settle();
  const pausing = manager.pause('No space.');
  manager.resume();
  opening.resolve();
  await pausing;
  await connector.opened(2);
  assert.deepEqual(
    connector.connections.map(({ isOpen }) => isOpen),
    [false, true],
  );
  assert.equal(connector.openAtOnce, 1);
  await manager.stop();
});

test('an unknown instance is not found, whatever is asked', async () => {
  const { manager } = await managerOn(await sqlite.open());
  const calls = [
    () => manager.get(7),
    () => manager.rename(7, 'x'),
    () => manager.remove(7),
    () => manager.qr(7),
    () => manager.logout(7),
    () => manager.reboot(7),
    () => manager.requestPairingCode(7, '49'),
    async () => manager.sender(7),
  ];
  for (const call of calls) await assert.rejects(call, { code: 'not_found' });
});
