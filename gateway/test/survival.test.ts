import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { temporarySchema } from '../src/database/testing/databases.ts';
import { brokenPromises } from '../src/delivery/testing/receiver.ts';
import type { Kill } from './support/killing-database.ts';
import { seededRandom } from './support/numbers.ts';
import { disorder, startWorld, type Death } from './support/survival-world.ts';

const seed = Number(process.env['SURVIVAL_SEED'] ?? 20_261_122);

const unit = (when: Kill['when'], kind: Kill['unit'], nth: number): Death => ({
  by: 'unit',
  kill: { when, unit: kind, nth },
});

/** Each point of the fault list once. */
const named: readonly (readonly [string, Death])[] = [
  ['before the stanza is stored', unit('before', 'stanza', 3)],
  ['while the stanza is stored', unit('during', 'stanza', 4)],
  ['stanza stored, not decrypted', unit('after', 'stanza', 3)],
  ['decrypted, ratchet not stored', unit('before', 'ratchet', 2)],
  ['while ratchet and plaintext are stored', unit('during', 'ratchet', 3)],
  ['ratchet and plaintext stored, no receipt yet', unit('after', 'ratchet', 3)],
  ['before the event is appended', unit('before', 'append', 3)],
  ['while the event is appended', unit('during', 'append', 4)],
  ['event appended, nobody woken', unit('after', 'append', 3)],
  ['lane chosen, connecting', { by: 'sending', when: 'connecting', nth: 1 }],
  ['request half written', { by: 'sending', when: 'half-written', nth: 1 }],
  ['request written, no answer', { by: 'receiver', nth: 3 }],
  ['answered, before it is settled', unit('before', 'settle', 3)],
  ['while it is settled', unit('during', 'settle', 3)],
  ['settled, before the next', unit('after', 'settle', 3)],
  ['while old rows are removed', unit('during', 'retention', 1)],
  ['while the tables are changed, with a backlog', unit('during', 'migration', 1)],
  ['message to send stored, not sent', unit('after', 'outgoing', 1)],
];

/** Moments that nobody thought of. */
function seeded(count: number): (readonly [string, Death])[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const when = (['before', 'during', 'after'] as const)[Math.floor(random() * 3)] ?? 'during';
    const nth = 1 + Math.floor(random() * 60);
    return [`${when} commit ${nth}`, unit(when, 'any', nth)] as const;
  });
}

test(
  'every message is in a webhook, in order per chat, through kills at every point',
  { timeout: 600_000 },
  (t) => survive(t, null, [...named, ...seeded(10)]),
);

const postgres = process.env['EAZEWA_TEST_POSTGRES_URL'];
const storeKinds: readonly string[] = ['stanza', 'ratchet', 'append', 'settle', 'migration'];
const ofTheStore = named.filter(([, death]) => death.by === 'unit' && storeKinds.includes(death.kill.unit));

test(
  'the same on PostgreSQL, at every point that concerns the store',
  { timeout: 600_000, skip: !postgres },
  async (t) => {
    const { url, drop } = await temporarySchema(postgres ?? '');
    try {
      await survive(t, url, ofTheStore);
    } finally {
      await drop();
    }
  },
);

async function survive(t: TestContext, database: string | null, deaths: typeof named): Promise<void> {
  t.diagnostic(`seed ${seed}, ${deaths.length} kills`);
  const world = await startWorld(database);
  try {
    await world.link();
    for (const [name, death] of deaths) {
      const survived = await world.dieOnce(death);
      assert.equal(survived, false, `the gateway was never at the point "${name}"`);
      assert.deepEqual(
        brokenPromises(world.requests(), { kills: world.kills }),
        [],
        `after the kill "${name}"`,
      );
      assert.deepEqual(disorder(world.requests()), [], `after the kill "${name}"`);
    }
    await world.finish();
    t.diagnostic(
      `${world.sent.length} messages received, ${world.asked.size} sent, ${world.requests().length} requests`,
    );
  } finally {
    await world.close();
  }
}
