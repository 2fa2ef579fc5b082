import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Group, Phone } from '@eazewa/simulator';
import { raw, sql } from '../database/sql.ts';
import { testDatabases, type TestDatabase } from '../database/testing/databases.ts';
import { slowBatches, type SlowBatches } from '../database/testing/slow-batches.ts';
import { slowDatabase } from '../database/testing/slow-database.ts';
import { patienceMs, pollUntil, turns } from '../testing/until.ts';
import { startWhatsappWorld, type LinkedInstance, type WhatsappWorld } from './testing/linked-instances.ts';
import { watchUnits, type WatchedUnits } from './testing/watched-units.ts';

const databases = testDatabases().filter(({ name }) => name !== 'PGlite');

/** How much is written in each direction. With these it is 1,000 messages; a part of it shows the same on a server. */
const traffic = { direct: 220, inGroupByContact: 60, inGroupByInstance: 30 };

for (const database of databases) {
  const share = database.name === 'SQLite' ? 1 : 0.3;
  test(`${database.name}: no ratchet is stored without its inbox row, in both directions and a group at once`, async (t) => {
    const { world, units, carol, one, two } = await busyWorld(database);
    const group = carol.createGroup('Family', [one.owner, two.owner]);
    const direct = traffic.direct * share;
    const byContact = traffic.inGroupByContact * share;
    const byInstance = traffic.inGroupByInstance * share;
    await Promise.all([
      exchange(world, carol, [one, two], direct),
      exchangeInGroup(world, group, carol, [one, two], { byContact, byInstance }),
    ]);
    const { counters } = world.simulator;
    assert.equal(counters.undecryptable, 0);
    assert.equal(counters.retryReceiptsFromCompanions, 0);
    assert.equal(counters.negativeAcks, 0);
    assert.deepEqual(await world.database.all(raw(`select seq, note from inbox where state <> 'done'`)), []);
    assert.deepEqual(units.broken, []);
    // The instances read the contact, in the group also each other; and a sender key comes in a part of its own.
    const received = 2 * (direct + byContact + byInstance);
    assert.ok(units.decisions > received, `${units.decisions} decided units for ${received} messages`);
    assert.equal(units.decryptions, units.decisions);
    t.diagnostic(`${units.decryptions} decryptions in ${units.units} units`);

    // A contact that lost its sessions asks again for what it cannot read, while the others go on.
    carol.forgetSessions(one.owner);
    const again = one.send('3EB0AGAIN', carol, 'again');
    await exchange(world, carol, [two], 10);
    await again;
    await carol.waitForMessage(({ text }) => text === 'again', patienceMs);
    assert.equal(counters.undecryptable, 1);
    assert.deepEqual(units.broken, []);
  });
}

test('on a slow disk many messages share a commit, and nothing waits for itself', async (t) => {
  const slow: { database?: SlowBatches } = {};
  const world = await startWhatsappWorld({ wrap: (database) => (slow.database = slowBatches(database, 20)) });
  const carol = world.simulator.addPhone({ name: 'Carol' });
  const one = await world.link(1, world.simulator.addPhone({ name: 'One' }));
  const two = await world.link(2, world.simulator.addPhone({ name: 'Two' }));
  // Who is who is known and both have sessions, so that from here on nobody asks for anything.
  await exchange(world, carol, [one, two], 2);
  const { database } = slow;
  assert.ok(database);
  database.batches.length = 0;
  const rounds = 60;
  await exchange(world, carol, [one, two], rounds);
  const units = database.batches.reduce((sum, count) => sum + count, 0);
  t.diagnostic(`${4 * rounds} messages, ${units} units in ${database.batches.length} commits`);
  assert.ok(units >= 4 * rounds);
  assert.ok(
    database.batches.length < rounds,
    `${database.batches.length} commits for ${4 * rounds} messages`,
  );
  assert.equal(world.simulator.counters.undecryptable, 0);
});

async function busyWorld({ open }: TestDatabase) {
  const watched: { units?: WatchedUnits } = {};
  const world = await startWhatsappWorld({
    open,
    wrap(database) {
      watched.units = watchUnits(slowDatabase(database, 3));
      return watched.units.database;
    },
  });
  const carol = world.simulator.addPhone({ name: 'Carol' });
  const one = await world.link(1, world.simulator.addPhone({ name: 'One' }));
  const two = await world.link(2, world.simulator.addPhone({ name: 'Two' }));
  assert.ok(watched.units);
  return { world, units: watched.units, carol, one, two };
}

let calls = 0;

/**
 * The contact writes `rounds` texts to each instance and each instance to the contact, all at once. Resolves when every
 * one has been received, in order, and the inboxes are empty.
 */
async function exchange(
  world: WhatsappWorld,
  carol: Phone,
  instances: readonly LinkedInstance[],
  rounds: number,
): Promise<void> {
  const call = ++calls;
  const texts = (name: string) => Array.from({ length: rounds }, (_, at) => `${call} ${name} ${at}`);
  await Promise.all(
    instances.flatMap((instance) => [
      write(carol, instance.owner, texts(`in ${instance.id}`)),
      ...texts(`out ${instance.id}`).map((text, at) =>
        instance.send(`3EB0${call}A${instance.id}A${at}`, carol, text),
      ),
    ]),
  );
  for (const instance of instances) {
    const out = texts(`out ${instance.id}`);
    await carol.waitForMessage(({ text }) => text === out.at(-1), patienceMs);
    const received = carol.messages.flatMap(({ text }) => text ?? []);
    assert.deepEqual(
      received.filter((text) => out.includes(text)),
      out,
    );
    await untilReceived(world, instance, texts(`in ${instance.id}`));
  }
  const open = raw(`select seq from inbox where state in ('undecided', 'decided')`);
  await pollUntil(async () => (await world.database.all(open)).length === 0);
}

/** The contact and the instances write to the group, all at once. Resolves when everybody has all of it. */
async function exchangeInGroup(
  world: WhatsappWorld,
  group: Group,
  carol: Phone,
  instances: readonly LinkedInstance[],
  { byContact, byInstance }: { readonly byContact: number; readonly byInstance: number },
): Promise<void> {
  const ofContact = Array.from({ length: byContact }, (_, at) => `to all ${at}`);
  const of = new Map(
    instances.map((instance) => [
      instance,
      Array.from({ length: byInstance }, (_, at) => `${instance.id} to all ${at}`),
    ]),
  );
  await Promise.all([
    ...ofContact.map((text) => carol.sendToGroup(group, text).then(() => turns())),
    ...[...of].flatMap(([instance, texts]) =>
      texts.map((text, at) => instance.send(`3EB0C${instance.id}C${at}`, group, text)),
    ),
  ]);
  for (const [instance, texts] of of) {
    await carol.waitForMessage(({ text }) => text === texts.at(-1), patienceMs);
    const received = carol.messages.flatMap(({ text }) => text ?? []);
    assert.deepEqual(
      received.filter((text) => texts.includes(text)),
      texts,
    );
    const ofOther = [...of].flatMap(([other, its]) => (other === instance ? [] : its));
    await untilReceived(world, instance, [...ofContact, ...ofOther]);
  }
}

async function write(from: Phone, to: Phone, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    await from.send(to, text);
    await turns();
  }
}

/** Waits for as many events as there must be, and then asserts that each text is in one. */
async function untilReceived(
  { database }: WhatsappWorld,
  { id }: LinkedInstance,
  expected: readonly string[],
): Promise<void> {
  const wanted = new Set(expected);
  let found: readonly string[] = [];
  const areAllThere = async () => {
    const rows = await database.all<{ body: Uint8Array }>(
      sql`select body from events where instance_id = ${id} and name = 'message'`,
    );
    found = rows.map(textOf).filter((text) => wanted.has(text));
    return found.length >= expected.length;
  };
  await pollUntil(areAllThere, { state: () => ({ found, expected }) });
  assert.deepEqual(found.toSorted(), expected.toSorted());
}

function textOf({ body }: { readonly body: Uint8Array }): string {
  const event = JSON.parse(Buffer.from(body).toString()) as { data: { message: { body: string } } };
  return event.data.message.body;
}
