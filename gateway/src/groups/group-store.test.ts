import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../database/database.ts';
import { testDatabases } from '../database/testing/databases.ts';
import type { GroupChange, GroupMember } from '../events/translation.ts';
import { fillGroups } from './fill-groups.ts';
import { Groups, othersIn } from './group-store.ts';

const group = '1203@g.us';
const anna: GroupMember = { jid: '1@lid', role: 'superadmin' };
const ben: GroupMember = { jid: '2@lid', role: 'member' };
const known: GroupChange = { is: 'known', group, subject: 'Club', members: [anna, ben] };

async function apply(database: Database, groups: Groups, ...changes: GroupChange[]): Promise<number> {
  const statements = (await Promise.all(changes.map((change) => groups.apply(change)))).flat();
  if (statements.length > 0) await database.commit(statements);
  return statements.length;
}

/** What another process finds in the store. */
async function stored(database: Database, jid = group): Promise<unknown> {
  const found = await new Groups(database, 1).find(jid);
  return found && { subject: found.subject, members: Object.fromEntries(found.members) };
}

for (const { name, open } of testDatabases()) {
  test(`${name}: a group follows its changes, at once and after a restart`, async () => {
    const database = await open();
    const groups = new Groups(database, 1);
    assert.equal(await groups.find(group), undefined);
    await apply(database, groups, known);
    assert.deepEqual(await stored(database), {
      subject: 'Club',
      members: { '1@lid': 'superadmin', '2@lid': 'member' },
    });
    const changes: GroupChange[] = [
      { is: 'subject', group, subject: 'Old\u0000 club' },
      {
        is: 'members',
        group,
        members: [
          { ...ben, role: 'admin' },
          { jid: '3@lid', role: 'member' },
        ],
      },
      { is: 'left', group, members: ['1@lid', '491701234567@s.whatsapp.net'] },
    ];
    for (const change of changes) await apply(database, groups, change);
    const expected = { subject: 'Old club', members: { '2@lid': 'admin', '3@lid': 'member' } };
    assert.deepEqual(await stored(database), expected);
    const inMemory = await groups.find(group);
    assert.deepEqual(Object.fromEntries(inMemory?.members ?? []), expected.members);
    assert.equal(await new Groups(database, 2).find(group), undefined);

    await apply(database, groups, { is: 'gone', group });
    assert.equal(await stored(database), undefined);
    assert.equal(await groups.find(group), undefined);
  });

  test(`${name}: changes of a group that is not known say too little and write nothing, known ones neither`, async () => {
    const database = await open();
    const groups = new Groups(database, 1);
    const changes: GroupChange[] = [
      { is: 'members', group, members: [anna] },
      { is: 'left', group, members: ['1@lid'] },
      { is: 'subject', group, subject: 'x' },
      { is: 'gone', group },
    ];
    for (const change of changes) assert.equal(await apply(database, groups, change), 0);
    await apply(database, groups, known);
    assert.equal(await apply(database, groups, known), 0);
  });

  test(`${name}: a group of a thousand is written and read whole`, async () => {
    const database = await open();
    const members = Array.from(
      { length: 1000 },
      (_, number) => ({ jid: `${number}@lid`, role: 'member' }) as const,
    );
    const groups = new Groups(database, 1);
    await apply(database, groups, { ...known, members });
    assert.equal((await new Groups(database, 1).find(group))?.members.size, 1000);
    await apply(database, groups, { ...known, members: members.slice(500) });
    assert.equal((await new Groups(database, 1).find(group))?.members.size, 500);
  });

  test(`${name}: a filling brings what is new, takes what is gone, and leaves what came meanwhile`, async () => {
    const database = await open();
    const groups = new Groups(database, 1);
    await apply(database, groups, known, { ...known, group: '1@g.us' });
    const before = await groups.jids();
    assert.deepEqual(before, ['1203@g.us', '1@g.us'].toSorted());
    await apply(database, groups, { ...known, group: '3@g.us' });
    await fillGroups(database, groups, before, [
      { group, subject: 'Club', members: [anna] },
      { group: '2@g.us', subject: 'New', members: [] },
    ]);
    assert.deepEqual(await groups.jids(), ['1203@g.us', '2@g.us', '3@g.us']);
    assert.deepEqual(await stored(database), { subject: 'Club', members: { '1@lid': 'superadmin' } });
  });

  test(`${name}: memory holds what is not written, and of the rest no more than it may; the store has all`, async () => {
    const database = await open();
    const groups = new Groups(database, 1);
    const changes = Array.from({ length: 20 }, (_, number): GroupChange => {
      const role = number % 2 === 0 ? 'member' : 'admin';
      const members = Array.from({ length: 1024 }, (_, member) => ({ jid: `${member}@lid`, role }) as const);
      return { is: 'known', group: `${number}@g.us`, subject: `Group ${number}`, members };
    });
    const statements = [];
    for (const change of changes) statements.push(...(await groups.apply(change)));
    const areWhole = async () => {
      for (const [number, { group }] of changes.entries()) {
        const found = await groups.find(group);
        assert.deepEqual([found?.subject, found?.members.size], [`Group ${number}`, 1024]);
        assert.equal(found?.members.get('7@lid'), number % 2 === 0 ? 'member' : 'admin');
      }
    };
    await areWhole();
    assert.equal(groups.entriesInMemory, 20 * 1025);

    await database.commit(statements);
    groups.written(changes);
    assert.equal(groups.entriesInMemory, 8 * 1025);
    await areWhole();
    // Of many small ones it holds many, of what is filled no more than of what is told.
    const all = changes.flatMap((change) => (change.is === 'known' ? [change] : []));
    await fillGroups(database, groups, [], all);
    for (let number = 0; number < 600; number++) await groups.find(`unknown ${number}@g.us`);
    assert.ok(groups.entriesInMemory > 5000 && groups.entriesInMemory <= 8 * 1025);
  });

  test(`${name}: what was taken in and could not be written is gone after forgetting`, async () => {
    const database = await open();
    const groups = new Groups(database, 1);
    await groups.apply(known); // Its write is lost.
    groups.forget();
    assert.equal(await groups.find(group), undefined);
  });
}

test('the others are all members but the own number, whichever of its addresses is noted', () => {
  const own = { instanceId: 1, phone: '49@s.whatsapp.net', lid: '9@lid' };
  for (const mine of [own.phone, own.lid]) {
    const members = new Map([mine, '1@lid'].map((jid) => [jid, 'member' as const]));
    assert.deepEqual(othersIn({ subject: '', members }, own), ['1@lid']);
  }
});
