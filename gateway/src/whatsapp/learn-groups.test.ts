import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GroupMetadata } from 'baileys';
import { type Database, StoreFailure } from '../database/database.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { startDraining } from '../inbox/testing/draining.ts';
import { createLog } from '../log.ts';
import { learnGroups } from './learn-groups.ts';

const [sqlite = assert.fail('there is no SQLite')] = testDatabases();

function metadata(id: string, participants: GroupMetadata['participants']): GroupMetadata {
  return { id, subject: `About ${id}`, owner: undefined, participants };
}

/** An inbox on a store, and what asks for its groups. */
async function learning(store?: Database) {
  const { inbox, groups } = await startDraining(store ?? (await sqlite.open()));
  const logged: string[] = [];
  const log = createLog('warn', { write: (line) => logged.push(line) });
  let isOver = false;
  return {
    inbox,
    groups,
    logged,
    end: () => void (isOver = true),
    ask: (answer: () => Promise<Record<string, GroupMetadata>>) =>
      learnGroups({ inbox, groups, log, fetchAll: answer, isOver: () => isOver }),
  };
}

test('members are known by LID where it is told, and both addresses as one person', async () => {
  const { inbox, groups, ask } = await learning();
  const byLid = { id: '1@lid', phoneNumber: '491701234567@s.whatsapp.net', admin: 'superadmin' } as const;
  const byNumber = { id: '491702222222@s.whatsapp.net', lid: '2@lid', admin: null } as const;
  const alone = { id: '491703333333@s.whatsapp.net', admin: 'admin' } as const;
  await ask(() => Promise.resolve({ '1@g.us': metadata('1@g.us', [byLid, byNumber, alone]) }));

  const group = await groups.find('1@g.us');
  assert.equal(group?.subject, 'About 1@g.us');
  assert.deepEqual(Object.fromEntries(group.members), {
    '1@lid': 'superadmin',
    '2@lid': 'member',
    '491703333333@s.whatsapp.net': 'admin',
  });
  assert.deepEqual(
    [await inbox.addresses.phoneOf('1'), await inbox.addresses.phoneOf('2')],
    ['491701234567', '491702222222'],
  );
});

test('when WhatsApp does not answer, what was known stays known and the log says what follows', async () => {
  const { groups, logged, ask } = await learning();
  await ask(() => Promise.resolve({ '1@g.us': metadata('1@g.us', [{ id: '1@lid' }]) }));
  await ask(() => Promise.reject(new Error('rate-overlimit')));
  assert.equal((await groups.find('1@g.us'))?.members.size, 1);
  assert.match(logged.join(''), /The groups could not be fetched.*stay at 1/);
});

test('an answer that comes when the connection is over is none', async () => {
  const { groups, logged, ask, end } = await learning();
  end();
  await ask(() => Promise.resolve({ '1@g.us': metadata('1@g.us', [{ id: '1@lid' }]) }));
  await ask(() => Promise.reject(new Error('closed')));
  assert.deepEqual([await groups.find('1@g.us'), logged], [undefined, []]);
});

test('what could not be written is not known afterwards, also when that ends the connection', async () => {
  const database = await sqlite.open();
  const store = { isBroken: false, failed: () => undefined as void };
  const { groups, inbox, ask, end } = await learning({
    ...database,
    commit(unit, options) {
      if (!store.isBroken) return database.commit(unit, options);
      store.failed();
      return Promise.reject(new StoreFailure('the disk is full'));
    },
  });
  store.failed = end;
  const all = { '1@g.us': metadata('1@g.us', [{ id: '1@lid' }]) };
  await ask(() => {
    store.isBroken = true;
    return Promise.resolve(all);
  });
  store.isBroken = false;
  assert.equal(await groups.find('1@g.us'), undefined);
  assert.equal(await inbox.addresses.phoneOf('1'), null);
});

test('without an answer nothing is forgotten: what notifications tell may be in memory only', async () => {
  const { groups, ask, end } = await learning();
  await groups.apply({ is: 'known', group: '1@g.us', subject: 'About 1@g.us', members: [] });
  end();
  await ask(() => Promise.reject(new Error('closed')));
  assert.equal((await groups.find('1@g.us'))?.subject, 'About 1@g.us');
});
