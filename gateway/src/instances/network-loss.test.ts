import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../test/support/numbers.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { managerOn, settle } from './testing/managing.ts';
import type { ScriptedConnection } from './testing/scripted-connector.ts';

const [sqlite = assert.fail('there is no SQLite')] = testDatabases();
const count = 200;
const limit = 20;
const stepMs = 100;

/** How the network fails: every attempt hangs until it is given up, or is refused at once; and for how long. */
const outages = [
  { how: 'hangs', failsAfterMs: 20_000, seconds: 300 },
  { how: 'refuses', failsAfterMs: 0, seconds: 120 },
] as const;

for (const { how, failsAfterMs, seconds } of outages) {
  test(`200 instances that lose a network which ${how} come back without a storm`, async () => {
    const { manager, connector, clock } = await managerOn(await sqlite.open(), limit, seededRandom(1));
    /** What each connection will do, and when. */
    const plans: { readonly at: number; readonly act: () => void }[] = [];
    const opening = new Set<ScriptedConnection>();
    const perStep: number[] = [];
    let isDown = false;
    let known = 0;
    let mostOpening = 0;

    const meet = (connection: ScriptedConnection) => {
      opening.add(connection);
      mostOpening = Math.max(mostOpening, opening.size);
      const fails = isDown;
      const at = clock.monotonic() + (fails ? failsAfterMs : 300);
      plans.push({
        at,
        act: () => {
          opening.delete(connection);
          if (fails) connection.end({ atLogin: true, reason: 'no network' });
          else connection.becomeReady();
        },
      });
    };
    const step = async () => {
      clock.advance(stepMs);
      for (const plan of plans.splice(0)) {
        if (plan.at <= clock.monotonic()) plan.act();
        else plans.push(plan);
      }
      await settle();
      const opened = connector.connections.slice(known);
      known = connector.connections.length;
      for (const connection of opened) meet(connection);
      perStep.push(opened.length);
    };
    const allReady = async () => (await manager.list()).every(({ state }) => state === 'ready');
    const stepUntilReady = async () => {
      for (let steps = 0; !(await allReady()); steps++) {
        assert.ok(steps < 3000, 'not everybody is back after five minutes');
        await step();
      }
    };

    for (let number = 0; number < count; number++) await manager.create({});
    await stepUntilReady();
    for (let steps = 0; steps < 600; steps++) await step();
    assert.equal(connector.connections.length, count, 'nobody connects without a reason');

    isDown = true;
    for (const connection of connector.connections) connection.end({ reason: 'no network' });
    const waits = new Set(clock.timersInMs);
    assert.ok(waits.size > count / 2, 'the pauses of the instances differ');
    for (let steps = 0; steps < seconds * 10; steps++) await step();
    const attempts = attemptsOf(connector.connections.slice(count));
    const [most, least] = [Math.max(...attempts.values()), Math.min(...attempts.values())];
    assert.equal(attempts.size, count, 'everybody has had a turn');
    assert.ok(most <= 12, `${most} attempts of one instance`);
    assert.ok(most - least <= 4, `between ${least} and ${most} attempts: nobody is favoured`);

    isDown = false;
    await stepUntilReady();
    assert.ok(mostOpening <= limit, `${mostOpening} were opening at once`);
    assert.ok(Math.max(...perStep) <= limit, 'no step opens more than the limit');
    assert.equal(connector.openAtOnce, 1);
    await manager.stop();
  });
}

function attemptsOf(connections: readonly ScriptedConnection[]): Map<number, number> {
  const attempts = new Map<number, number>();
  for (const { instanceId } of connections) attempts.set(instanceId, (attempts.get(instanceId) ?? 0) + 1);
  return attempts;
}
