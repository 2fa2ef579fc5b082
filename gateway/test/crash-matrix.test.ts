import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Kind } from './crash-matrix/kinds.ts';
import { reachable, runMatrix } from './crash-matrix/run-matrix.ts';
import type { Point } from './crash-matrix/points.ts';

// `npm run crash-matrix` kills at every point with every kind of message. Here is each point once, and each kind at the
// points where kinds differ.

/** The kind that a point is tried with, and more points for the other kinds. */
const pairs: readonly (readonly [kind: string, points: RegExp])[] = [
  ['later, LID', /stanza|ratchet|receipt|drain|lane|request|settled|backlog/],
  ['first, phone', /after ratchet|has the receipt/],
  ['group, with key', /while ratchet|has the receipt/],
  ['group, key known', /after ratchet/],
  ['group change', /has the receipt/],
  ['deleted for me', /while the version/],
  ['own handset', /after ratchet/],
  ['peer', /has the receipt/],
  ['history', /after ratchet/],
  ['call', /after the stanza/],
  ['reaction', /after ratchet/],
  ['edit', /while the drain/],
  ['deleted for all', /has the receipt/],
  ['vote', /again in the next/],
  ['image, inline', /body with the file/],
  ['group receipt', /while the drain/],
  ['receipt', /after the stanza/],
  ['server ack', /while the drain/],
  ['program', /./],
  ['program to group', /after the first|has the message/],
  ['linking', /while the cred|reply|pre-keys/],
];

test(
  'nothing is lost, doubled or out of order when the gateway is killed, at any point',
  { timeout: 600_000 },
  (t) => survive(t, null, isChosen),
);

const postgres = process.env['EAZEWA_TEST_POSTGRES_URL'];

test(
  'the same on PostgreSQL, at the points that concern the store',
  { timeout: 600_000, skip: !postgres },
  (t) => survive(t, postgres ?? null, isOfTheStore),
);

function isOfTheStore(point: Point, kind: Kind): boolean {
  return kind.name === 'later, phone' && /while|again/.test(point.name);
}

function isChosen(point: Point, kind: Kind): boolean {
  return pairs.some(([name, names]) => name === kind.name && names.test(point.name));
}

async function survive(
  t: TestContext,
  server: string | null,
  isWanted: (point: Point, kind: Kind) => boolean,
): Promise<void> {
  const wanted = reachable().filter(({ point, kind }) => isWanted(point, kind));
  const cells = await runMatrix({ server, isWanted });
  t.diagnostic(`${cells.length} kills`);
  assert.equal(cells.length, wanted.length);
  const broken = cells.flatMap(({ point, kind, broken }) =>
    broken.map((what) => `${kind.name}: ${point.name}: ${what}`),
  );
  assert.deepEqual(broken, []);
}
