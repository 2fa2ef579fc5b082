import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../database/database.ts';
import { startWhatsappWorld } from './testing/linked-instances.ts';

test('a lost connection is told at once, and is over when its last write is on disk', async () => {
  const store = holdable();
  const world = await startWhatsappWorld({ wrap: store.wrap });
  const { simulator, onDisk } = world;
  const carol = simulator.addPhone({ name: 'Carol' });
  const one = await world.link(1, simulator.addPhone({ name: 'One' }));
  const messages = () => onDisk(`select 1 from inbox where kind = 'message'`).length;
  const before = messages();

  const held = store.hold();
  await carol.send(one.owner, 'just before the end');
  await held;
  simulator.disconnect(one.owner, 'tcp-drop');
  assert.equal((await one.closed()).code, 428);
  let isOver = false;
  const closing = one
    .connection()
    .close()
    .then(() => (isOver = true));
  await simulator.whenDisconnected(one.owner);
  assert.deepEqual([isOver, messages()], [false, before]);

  store.letGo();
  await closing;
  assert.equal(messages(), before + 1);
  await one.reconnect();
});

function nothing(): void {}

/** A store whose commits can be held back; reads go on. */
function holdable() {
  let gate: Promise<void> = Promise.resolve();
  let letGo = nothing;
  let asked = nothing;
  return {
    wrap: (database: Database): Database => ({
      ...database,
      async commit(unit) {
        if (unit.some(({ values }) => values.includes('message'))) asked();
        await gate;
        return database.commit(unit);
      },
    }),
    /** Resolves when a commit with the row of a message is held back. */
    hold(): Promise<void> {
      const opened = Promise.withResolvers<void>();
      gate = opened.promise;
      letGo = opened.resolve;
      return new Promise((resolve) => (asked = resolve));
    },
    letGo: () => letGo(),
  };
}
