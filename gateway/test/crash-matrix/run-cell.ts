import type { Life } from '../support/arena.ts';
import type { Kill, UnitKind } from '../support/killing-database.ts';
import { until } from '../support/until.ts';
import type { Kind } from './kinds.ts';
import type { MatrixWorld } from './matrix-world.ts';
import type { Death, Point } from './points.ts';
import type { Shot } from './shot.ts';

/** Lets one message be killed at one point. Resolves with what is broken afterwards, in words; empty when nothing is. */
export async function runCell(world: MatrixWorld, point: Point, kind: Kind): Promise<string[]> {
  const shot = await inTime(world, kind.prepare(world), 'the cell could not be prepared');
  await inTime(world, untilQuiet(world), 'the gateway did not come to rest before the kill');
  world.watchEncryption();
  const [first, ...others] = point.deaths;
  const problems = await dieNow(world, first, shot);
  for (const death of others) problems.push(...(await dieAtStart(world, death)));
  if (world.arena.child.isGone()) await world.arena.start();
  await world.arena.untilReady(world.shop);
  try {
    await inTime(world, shot.afterwards?.() ?? Promise.resolve(), 'it could not be repeated after the crash');
    await inTime(world, world.sendMarkers(), 'the gateway did not come to rest after the crash');
  } catch (error) {
    problems.push(String(error));
  }
  return [...problems, ...(await shot.missing()), ...(await world.broken())];
}

/** Arms the point, sets the message off, and waits for the end of the process. */
async function dieNow(world: MatrixWorld, death: Death, shot: Shot): Promise<string[]> {
  const { arena } = world;
  const disarm = await arm(world, death);
  // It may wait for an answer that never comes.
  void Promise.resolve(shot.fire()).catch(() => undefined);
  const isGone = await isKilled(
    world,
    async () => (await shot.missing()).length === 0 && (await arena.isQuiet()),
  );
  disarm();
  return isGone ? [] : ['the gateway was never at this point'];
}

async function dieAtStart(world: MatrixWorld, death: Death): Promise<string[]> {
  const { arena } = world;
  if (death.by !== 'unit') throw new Error('Only a unit of work can be met from the start.');
  if (concerns(death.kill, 'migration')) arena.extraMigrations++;
  // What was settled before is old enough to be removed then.
  const life: Life = { kill: death.kill, daysAhead: concerns(death.kill, 'retention') ? 40 : 0 };
  arena.launch(life);
  // It comes to that by itself, sooner or later: there is nothing else to see that it is over.
  const isGone = await isKilled(world, () => Promise.resolve(false));
  if (!isGone) await arena.kill();
  return isGone ? [] : ['the gateway was never at this point'];
}

function concerns({ units }: Kill, kind: UnitKind): boolean {
  return units !== 'any' && units.includes(kind);
}

/** Names the point to the process that runs. The returned function ends what watches in this process. */
async function arm(world: MatrixWorld, death: Death): Promise<() => void> {
  const { arena } = world;
  switch (death.by) {
    case 'unit':
      await arena.change({ kill: death.kill });
      return doNothing;
    case 'sending':
      await arena.change({ killSending: { when: death.when, port: arena.receiver.port } });
      return doNothing;
    case 'receiver':
      arena.receiver.answerWith(() => {
        arena.child.kill();
        return 'hang';
      });
      return () => arena.receiver.answerWith(() => 200);
    case 'wire':
      await arena.change({ kill: { when: 'held', units: death.held, nth: 1 } });
      // The listener is called before the server has sent anything in answer.
      return arena.simulator.on('stanza', ({ direction, stanza }) => {
        if (direction === 'in' && death.isLast(stanza)) arena.child.kill();
      });
  }
}

function doNothing(): void {}

/** True once the process was killed; false when everything has happened and it still lives. */
async function isKilled(world: MatrixWorld, isOver: () => Promise<boolean>): Promise<boolean> {
  const { arena } = world;
  const { child } = arena;
  const limit = Date.now() + world.limitMs;
  await until(async () => child.isGone() || Date.now() > limit || (await isOver()), { limitMs: Infinity });
  // It may be dying: only an answer of its own shows that it lives, and from then on it is in no danger.
  await arena.change({ kill: null });
  if (!child.isGone()) return false;
  await arena.died();
  return true;
}

function untilQuiet(world: MatrixWorld): Promise<void> {
  return until(() => world.arena.isQuiet());
}

/** What takes far longer than it can is lost. */
async function inTime<T>(world: MatrixWorld, work: Promise<T>, problem: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(problem)), world.limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
