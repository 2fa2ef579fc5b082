import type { Database } from '../../src/database/database.ts';
import { sql } from '../../src/database/sql.ts';
import { retryAllParked } from '../../src/inbox/retry-parked.ts';
import { openDraining, textRow, type Contact, type Draining } from '../../src/inbox/testing/draining.ts';
import { assertEventShape, eventShapes } from '../../src/events/contract-shape-for-tests.ts';
import { drawing } from '../support/drawing.ts';
import { drawRecord } from './draw-record.ts';
import type { Tally } from './fuzz-translation.ts';

/** Nobody else has anything to do with her: what she writes must come through whatever stands around it. */
const eve: Contact = { lid: '153978989980000@lid', phone: '491701230000@s.whatsapp.net' };

const rowsPerWorld = 120;
/** Each so many rows eve writes something. */
const eveEvery = 10;

/**
 * Lets the drain take rows of all kinds, many of them damaged, from a real store, world after world while `goOn` says so.
 * Each row must end, what parked must stay visible and can be tried again, and what is told must be as the contract has it.
 */
export async function fuzzDrain(
  database: Database,
  seed: number,
  goOn: (worlds: number) => boolean,
): Promise<Tally> {
  const draining = await openDraining(database);
  const counts: Record<string, number> = {};
  const broken: string[] = [];
  let worlds = 0;
  try {
    for (; goOn(worlds) && broken.length === 0; worlds++)
      broken.push(...(await fuzzWorld(draining, seed, worlds, counts)));
  } finally {
    await draining.close();
  }
  return { rows: worlds * rowsPerWorld, counts, broken: broken.map((line) => `seed ${seed}: ${line}`) };
}

async function fuzzWorld(
  { database, drain, put }: Draining,
  seed: number,
  world: number,
  counts: Record<string, number>,
): Promise<string[]> {
  const draw = drawing(seed + world);
  const first = world * rowsPerWorld + 1;
  drain.offlineSync(false);
  await drain.whenIdle();
  const before = await newestEvent(database);
  const rows = Array.from({ length: rowsPerWorld }, (_, index) => {
    const seq = first + index;
    return index % eveEvery === 0 ? textRow(seq, eve, `eve-${seq}`) : drawRecord(draw, seq);
  });
  await put(...rows);
  await drain.whenIdle();
  drain.offlineSync(true);
  await drain.whenIdle();
  const ends = await endsFrom(database, first);
  for (const end of ends) counts[end.state] = (counts[end.state] ?? 0) + 1;
  const problems = [...problemsWithEnds(ends), ...(await problemsWithTold(database, first, before, counts))];
  if (problems.length > 0) return problems.slice(0, 5);

  // Hardly anything is better by now: the same rows are parked again, and nothing is told twice.
  const told = await newestEvent(database);
  await retryAllParked(database, 1);
  drain.lookAgain();
  await drain.whenIdle();
  const again = await endsFrom(database, first);
  const differing = again.filter((end, index) => end.state !== ends[index]?.state && !isRepetition(end));
  return [
    ...differing.map(({ seq, state }) => `row ${seq} is ${state} when it is tried again`),
    ...((await newestEvent(database)) === told ? [] : ['a row that was tried again is told twice']),
  ];
}

/** Whose message it was may have come out meanwhile: it is one that is recorded. */
function isRepetition({ state, note }: End): boolean {
  return state === 'done' && note?.startsWith('repeated: ') === true;
}

interface End {
  readonly seq: number;
  readonly state: string;
  readonly note: string | null;
}

function problemsWithEnds(ends: readonly End[]): string[] {
  return ends.flatMap(({ seq, state, note }) => {
    if (state !== 'done' && state !== 'parked') return [`row ${seq} is still ${state}`];
    if (state === 'parked' && !note) return [`row ${seq} is parked without a reason`];
    if (/U\+0000|whole number/.test(note ?? ''))
      return [`row ${seq} is made into what cannot be stored: ${note}`];
    return note !== null && note.length > 400 ? [`the note of row ${seq} has ${note.length} characters`] : [];
  });
}

/** What eve wrote comes through whole and in order, and all bodies are as the contract has them. */
async function problemsWithTold(
  database: Database,
  firstSeq: number,
  after: string,
  counts: Record<string, number>,
): Promise<string[]> {
  const rows = await database.all<{ name: string; body: Uint8Array }>(
    sql`select name, body from events where id > ${after} order by id`,
  );
  const problems: string[] = [];
  const heard: string[] = [];
  for (const { name, body } of rows) {
    counts[name] = (counts[name] ?? 0) + 1;
    const { data } = JSON.parse(Buffer.from(body).toString()) as { data: { message?: { body?: string } } };
    if (name === 'message' && data.message?.body?.startsWith('eve-')) heard.push(data.message.body);
    try {
      if (eventShapes.has(name)) assertEventShape(name, data);
    } catch (error) {
      problems.push(`${name}: ${(error as Error).message}`);
    }
  }
  const written = Array.from(
    { length: rowsPerWorld / eveEvery },
    (_, index) => `eve-${firstSeq + index * eveEvery}`,
  );
  if (heard.join() !== written.join())
    problems.push(`eve wrote ${written.join()}, and told is ${heard.join()}`);
  return problems;
}

function endsFrom(
  database: Database,
  seq: number,
): Promise<(End & Record<string, string | number | null>)[]> {
  return database.all(
    sql`select seq, state, note from inbox where instance_id = 1 and seq >= ${seq} order by seq`,
  );
}

async function newestEvent(database: Database): Promise<string> {
  const row = await database.first<{ id: string | null }>(sql`select max(id) as id from events`);
  return row?.id ?? '';
}
