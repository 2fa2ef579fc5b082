import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Phone } from '@eazewa/simulator';
import type { Database } from '../database/database.ts';
import { sql, type Statement } from '../database/sql.ts';
import { slowDatabase, type SlowDatabase } from '../database/testing/slow-database.ts';
import { stalledDatabase, type StalledDatabase } from '../database/testing/stalled-database.ts';
import { LeapingClock } from '../../test/support/leaping-clock.ts';
import { codec } from './codec.ts';
import { startWhatsappWorld, type LinkedInstance, type WhatsappWorld } from './testing/linked-instances.ts';
import { pollUntil, turns } from '../testing/until.ts';

test('two instances that share a contact: every ratchet moves with its inbox row, whatever runs at the same time', async () => {
  const units: Unit[] = [];
  const world = await startWhatsappWorld({
    wrap: (database) => recorded(slowDatabase(database, 3), units),
  });
  const { simulator, onDisk } = world;
  const carol = simulator.addPhone({ name: 'Carol' });
  const one = await world.link(1, simulator.addPhone({ name: 'One' }));
  const two = await world.link(2, simulator.addPhone({ name: 'Two' }));
  const tooEarly: string[] = [];
  const stopWatching = simulator.on('stanza', ({ direction, number, stanza: { tag, attrs } }) => {
    if (direction !== 'in' || tag !== 'receipt' || attrs['type'] === 'peer_msg') return;
    const instance = number === one.owner.number ? 1 : 2;
    const id = attrs['id'] ?? '';
    if (!isDecided(world, instance, id)) tooEarly.push(id);
  });

  const rounds = 25;
  await Promise.all(
    [one, two].flatMap((instance) => [
      receive(instance, carol, rounds),
      send(instance, carol, rounds),
      send(instance, instance === one ? two.owner : one.owner, rounds),
    ]),
  );
  await pollUntil(() => textsAt(carol).length >= 2 * rounds);
  await pollUntil(() => receivedBy(world, one) >= 2 * rounds && receivedBy(world, two) >= 2 * rounds);
  await pollUntil(() => allDone(world));
  stopWatching();

  assert.deepEqual(onDisk(`select note from inbox where state = 'parked'`), []);
  assert.equal(simulator.counters.undecryptable, 0);
  assert.equal(simulator.counters.retryReceiptsFromCompanions, 0);
  assert.equal(simulator.counters.negativeAcks, 0);
  assert.deepEqual(tooEarly, []);
  assert.deepEqual(brokenUnits(units), []);
  const received = onDisk(`select instance_id from inbox where kind = 'message'`).length;
  assert.equal(units.filter(({ decides }) => decides > 0).length, received);
  for (const instance of [one, two]) {
    const expected = Array.from({ length: rounds }, (_, index) => `${instance.id} to ${carol.name} ${index}`);
    assert.deepEqual(
      textsAt(carol).filter((text) => text?.startsWith(`${instance.id} `)),
      expected,
    );
  }
});

test('while the store is down nothing is confirmed, refused or lost; the next connection goes on where this one stood', async () => {
  const store: { database?: SlowDatabase } = {};
  const world = await startWhatsappWorld({
    wrap: (database) => (store.database = slowDatabase(database, 2)),
  });
  const { simulator, onDisk } = world;
  const database = store.database ?? assert.fail('there is no store');
  const carol = simulator.addPhone({ name: 'Carol' });
  const one = await world.link(1, simulator.addPhone({ name: 'One' }));
  await one.send('3EB0BEFORE', carol, 'before');
  await carol.waitForMessage(({ text }) => text === 'before');

  const sending = Array.from({ length: 10 }, (_, index) =>
    one.send(`3EB0DURING${index}`, carol, `during ${index}`),
  );
  const dave = simulator.addPhone({ name: 'Dave' });
  const ids = await Promise.all(
    [carol, carol, dave].map((phone, index) => phone.send(one.owner, `text ${index}`)),
  );
  const receipts: (string | undefined)[] = [];
  const stopWatching = simulator.on('stanza', ({ direction, stanza: { tag, attrs } }) => {
    const isAnswer = tag === 'receipt' || (tag === 'ack' && attrs['class'] === 'message');
    if (direction === 'in' && isAnswer) receipts.push(attrs['id']);
  });
  database.failing = true;
  const end = await one.closed();
  // What was on its way does not hang: whoever waits for it goes on.
  await Promise.all(sending);
  assert.deepEqual([end.code, end.atLogin], [0, false]);
  assert.match(end.reason, /^The store failed: /);
  stopWatching();
  const stored = onDisk(`select 1 from inbox where kind = 'message' and state <> 'undecided'`).length;
  const confirmed = receipts.filter((id) => ids.some((sent) => sent.id === id)).length;
  assert.ok(confirmed <= stored, `${confirmed} confirmed, ${stored} stored`);

  database.failing = false;
  await one.reconnect();
  await carol.send(one.owner, 'last');
  await pollUntil(() => receivedBy(world, one) >= 4 && allDone(world));
  await one.send('3EB0AFTER', carol, 'after');
  await carol.waitForMessage(({ text }) => text === 'after');
  assert.equal(simulator.counters.negativeAcks, 0);
  assert.equal(simulator.counters.retryReceiptsFromCompanions, 0);
  assert.equal(simulator.counters.undecryptable, 0);
  assert.deepEqual(onDisk(`select note from inbox where state = 'parked'`), []);
  // Who Dave is came in what was never written.
  assert.deepEqual(onDisk(`select phone from addresses where phone = '${dave.number}'`).length, 1);
  const events = onDisk(`select count(*) as count from events where name = 'message'`);
  assert.equal(events[0]?.['count'], 4);
});

test('while the disk hangs it is told at once, and the next connection waits for the last write', async () => {
  const store: { database?: StalledDatabase } = {};
  const clock = new LeapingClock();
  const world = await startWhatsappWorld({
    wrap: (database) => (store.database = stalledDatabase(database)),
    clock,
  });
  const { simulator } = world;
  const database = store.database ?? assert.fail('there is no store');
  const carol = simulator.addPhone({ name: 'Carol' });
  const one = await world.link(1, simulator.addPhone({ name: 'One' }));
  await carol.send(one.owner, 'before');
  await pollUntil(() => receivedBy(world, one) === 1);

  database.stall();
  const { logins } = simulator.counters;
  const receipts: string[] = [];
  simulator.on('stanza', ({ direction, stanza }) => {
    if (direction === 'in' && stanza.tag === 'receipt') receipts.push(stanza.tag);
  });
  await carol.send(one.owner, 'during');
  // The stanza, and what its decryption wrote. Then its receipt waits, for ten seconds.
  await pollUntil(() => database.waiting >= 2);
  let isClosed = false;
  void one.closed().then(() => (isClosed = true));
  await pollUntil(() => {
    clock.leap(1_000);
    return isClosed;
  });
  assert.match((await one.closed()).reason, /longer than 10 seconds/);
  assert.deepEqual(receipts, []);
  const reconnecting = one.reconnect();
  await world.database.all(sql`select 1`);
  assert.equal(simulator.counters.logins, logins, 'it does not read what may still be overwritten');
  database.goOn();
  await reconnecting;
  await pollUntil(() => receivedBy(world, one) === 2 && allDone(world));
  assert.equal(simulator.counters.retryReceiptsFromCompanions, 0);
  assert.deepEqual(world.onDisk(`select note from inbox where state = 'parked'`), []);
});

test('a damaged key ends the connection and is named, and the message comes when it is put back', async () => {
  const world = await startWhatsappWorld();
  const { simulator, database } = world;
  const carol = simulator.addPhone({ name: 'Carol' });
  const one = await world.link(1, simulator.addPhone({ name: 'One' }));
  await carol.send(one.owner, 'before');
  await pollUntil(() => receivedBy(world, one) === 1 && allDone(world));
  await one.connection().close();
  const id = `${carol.lidJid.split('@')[0]}_1.0`;
  const where = sql`where kind = 'session' and id = ${id}`;
  const [key] = await database.all<{ value: Uint8Array }>(sql`select value from auth_keys ${where}`);
  assert.ok(key);
  const damaged = Uint8Array.from(key.value, (byte, at) => (at === 40 ? byte ^ 1 : byte));
  await database.commit([sql`update auth_keys set value = ${damaged} ${where}`]);

  await carol.send(one.owner, 'during');
  await one.reconnect();
  const { code, reason } = await one.closed();
  assert.equal(code, 0);
  assert.match(reason, /^The store failed: the record session ".*" in the table auth_keys is damaged\./);
  await database.commit([sql`update auth_keys set value = ${key.value} ${where}`]);
  await one.reconnect();
  await pollUntil(() => receivedBy(world, one) === 2 && allDone(world));
  const { retryReceiptsFromCompanions, negativeAcks } = simulator.counters;
  assert.deepEqual([retryReceiptsFromCompanions, negativeAcks], [0, 0]);
  assert.deepEqual(world.onDisk(`select note from inbox where state = 'parked'`), []);
});

test('a connection that is closed has written everything that it was told', async () => {
  const world = await startWhatsappWorld({ wrap: (database) => slowDatabase(database, 20) });
  const { simulator, onDisk } = world;
  const carol = simulator.addPhone({ name: 'Carol' });
  const one = await world.link(1, simulator.addPhone({ name: 'One' }));
  const seen = new Promise<void>((resolve) => {
    simulator.on('stanza', ({ direction, stanza }) => {
      if (direction === 'out' && stanza.tag === 'message') setImmediate(resolve);
    });
  });
  await carol.send(one.owner, 'hello');
  await seen;
  await one.connection().close();
  const rows = onDisk(`select count(*) as count from inbox`);
  // Whatever was still on its way would be there before this.
  await world.database.commit([]);
  assert.deepEqual(onDisk(`select count(*) as count from inbox`), rows);
  // Nobody hangs on a connection that is over.
  await one.send('3EB0LATE', carol, 'late');
  await assert.rejects(one.connection().requestPairingCode('491701234567'), { code: 'action_failed' });
  await one.connection().close();
  await one.reconnect();
  await pollUntil(() => allDone(world) && onDisk(`select 1 from events where name = 'message'`).length === 1);
});

test('a message that is sent when the connection is lost neither fails nor hangs', async () => {
  const world = await startWhatsappWorld();
  const { simulator } = world;
  const carol = simulator.addPhone({ name: 'Carol' });
  const one = await world.link(1, simulator.addPhone({ name: 'One' }));
  for (const kind of ['tcp-drop', 'unavailable', 'ws-close']) {
    const sending = Array.from({ length: 5 }, (_, index) =>
      one.send(`3EB0${kind}${index}`, carol, `${kind} ${index}`),
    );
    simulator.disconnect(one.owner, kind);
    await one.closed();
    await Promise.all(sending);
    await one.reconnect();
  }
  await one.send('3EB0AFTER', carol, 'after');
  await carol.waitForMessage(({ text }) => text === 'after');
  assert.equal(simulator.counters.undecryptable, 0);
});

/** One commit, as far as it concerns Signal and the inbox. */
interface Unit {
  /** Of its keys and inbox rows. */
  readonly instances: ReadonlySet<unknown>;
  /** Sessions and sender keys that it writes. */
  readonly ratchets: number;
  /** Inbox rows whose plaintext it writes. */
  readonly decides: number;
}

function recorded(database: Database, units: Unit[]): Database {
  return {
    ...database,
    commit(unit) {
      units.push(readUnit(unit));
      return database.commit(unit);
    },
  };
}

function readUnit(statements: readonly Statement[]): Unit {
  const keys = statements.filter(({ parts }) => parts[0]?.startsWith('insert into auth_keys'));
  const decisions = statements.filter(({ parts }) => parts[1]?.startsWith(', plaintext = '));
  return {
    // The statements' own order of values: instance, kind, id, value; state, plaintext, own work, instance, number.
    instances: new Set([...keys.map(({ values }) => values[0]), ...decisions.map(({ values }) => values[3])]),
    ratchets: keys.filter(({ values }) => values[1] === 'session' || values[1] === 'sender-key').length,
    decides: decisions.length,
  };
}

/** What must never be: a row without its ratchet, rows of several messages or keys of two accounts in one unit. */
function brokenUnits(units: readonly Unit[]): string[] {
  return units.flatMap(({ instances, ratchets, decides }) => [
    ...(decides > 0 && ratchets === 0 ? ['a decided row without its ratchet'] : []),
    ...(decides > 1 ? ['two decided rows in one unit'] : []),
    ...(instances.size > 1 ? ['two instances in one unit'] : []),
  ]);
}

async function receive(instance: LinkedInstance, from: Phone, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await from.send(instance.owner, `to ${instance.id} ${index}`);
    await turns();
  }
}

async function send(instance: LinkedInstance, to: Phone, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await instance.send(
      `3EB0${instance.id}${to.number}${index}`,
      to,
      `${instance.id} to ${to.name} ${index}`,
    );
  }
}

/** What has arrived there, in order. */
function textsAt(phone: Phone): (string | undefined)[] {
  return phone.messages.filter(({ fromMe }) => !fromMe).map(({ text }) => text);
}

/** Its row is on disk with its plaintext, which stays until the receipt has left. */
function isDecided({ onDisk }: WhatsappWorld, instance: number, id: string): boolean {
  const rows = onDisk(
    `select stanza from inbox where instance_id = ${instance} and kind = 'message' and state <> 'undecided'
      and stanza is not null`,
  );
  return rows.some(({ stanza }) => codec.decodeStanza(stanza as Uint8Array).attrs['id'] === id);
}

/** Messages of others that are recorded. */
function receivedBy({ onDisk }: WhatsappWorld, { id }: LinkedInstance): number {
  return onDisk(`select 1 from messages where instance_id = ${id} and from_me = 0`).length;
}

function allDone({ onDisk }: WhatsappWorld): boolean {
  return onDisk(`select 1 from inbox where state in ('undecided', 'decided', 'undecryptable')`).length === 0;
}
