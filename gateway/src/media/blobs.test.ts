import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { encryptMedia } from '@eazewa/simulator';
import { FakeClock } from '../testing/fake-clock.ts';
import { until } from '../testing/until.ts';
import { createBlobs } from './blobs.ts';
import type { MediaFault } from './media-unavailable.ts';
import { authority, startMediaServer, type Answer } from './testing/media-server.ts';

const server = await startMediaServer();
const directPath = '/v/t62.7279-24/part.enc?ccb=11-4&oh=01';

test('a part of the history and one of the shared settings are decrypted, each with keys of its own', async () => {
  const { blobs } = open();
  for (const [type, kind] of [
    ['history', 'History'],
    ['app-state', 'App State'],
  ] as const) {
    const plain = randomBytes(100_000);
    const { encrypted, ...secrets } = encryptMedia(plain, type);
    server.has.set(directPath, encrypted);
    assert.deepEqual(await blobs.read({ directPath, ...secrets }, kind), plain);
    assert.deepEqual(await blobs.fetch(directPath, 600_000), encrypted);
  }
});

test('what names no file is not asked for', async () => {
  const { blobs } = open();
  const { mediaKey } = encryptMedia(randomBytes(10), 'history');
  const asked = server.asked.length;
  for (const reference of [
    {},
    { directPath: null, mediaKey },
    { directPath: '@evil.example/v/1', mediaKey },
    { directPath: '//evil.example/v/1', mediaKey },
    { directPath },
    { directPath, mediaKey: mediaKey.subarray(1) },
  ])
    await fails(blobs.read(reference, 'History'), 'no_media');
  assert.equal(server.asked.length, asked);
});

test('a trouble that may pass is waited for, twice', async () => {
  const { blobs, clock } = open();
  const { encrypted, ...secrets } = encryptMedia(randomBytes(5000), 'history');
  const reference = { directPath, ...secrets };
  const damaged = Buffer.from(encrypted);
  damaged.writeUInt8(damaged.readUInt8(2500) ^ 1, 2500);

  for (const [bad, reason] of [
    [503, 'unreachable'],
    [cutAfter(encrypted.subarray(0, 2500)), 'unreachable'],
    [damaged, 'damaged'],
  ] as const) {
    answerWith(bad, encrypted);
    assert.equal((await advancing(clock, blobs.read(reference, 'History'))).length, 5000);
    answerWith(bad, bad, encrypted);
    assert.equal((await advancing(clock, blobs.read(reference, 'History'))).length, 5000);
    const asked = server.asked.length;
    answerWith(bad, bad, bad, encrypted);
    await fails(advancing(clock, blobs.read(reference, 'History')), reason);
    assert.equal(server.asked.length - asked, 3);
  }
});

test('a file that has gone is asked for once', async () => {
  const { blobs } = open();
  const { encrypted, ...secrets } = encryptMedia(randomBytes(10), 'app-state');
  for (const status of [404, 410]) {
    const asked = server.asked.length;
    answerWith(status, encrypted);
    await fails(blobs.read({ directPath, ...secrets }, 'App State'), 'gone');
    assert.equal(server.asked.length - asked, 1);
  }
});

test('a wait for others costs nothing of the time that a download has', async () => {
  const { blobs, clock } = open();
  const held: (() => void)[] = [];
  server.has.set(directPath, (_request, response) => void held.push(() => response.end('x')));
  const fetching = Array.from({ length: 5 }, () => blobs.fetch(directPath, 600_000));
  for (const each of fetching) each.catch(() => undefined);
  await until(() => held.length === 4);
  clock.advance(50_000);
  held[0]?.();
  await until(() => held.length === 5);
  clock.advance(50_000);
  held[4]?.();
  assert.equal((await fetching[4])?.length, 1);
  blobs.close();
});

test('the end of the gateway ends a download, and a pause before the next try', async () => {
  const silent = open();
  const asked = Promise.withResolvers<void>();
  server.has.set(directPath, () => asked.resolve());
  const waiting = silent.blobs.fetch(directPath, 600_000);
  await asked.promise;
  silent.blobs.close();
  await fails(waiting, 'unreachable');

  const pausing = open();
  const isPausing = pausing.clock.nextTimer(1000);
  server.has.set(directPath, 503);
  const paused = pausing.blobs.fetch(directPath, 600_000);
  await isPausing;
  pausing.blobs.close();
  await fails(paused, 'unreachable');
});

/** Tells when a pause of that length is asked for. */
class TellingClock extends FakeClock {
  readonly #awaited = new Map<number, () => void>();

  nextTimer(ms: number): Promise<void> {
    return new Promise((resolve) => this.#awaited.set(ms, resolve));
  }

  override after(ms: number, callback: () => void): () => void {
    const cancel = super.after(ms, callback);
    this.#awaited.get(ms)?.();
    return cancel;
  }
}

function open() {
  const clock = new TellingClock();
  return { clock, blobs: createBlobs({ clock, host: { host: server.host, ca: authority } }) };
}

/** Lets the pauses between the tries go by. */
async function advancing<T>(clock: TellingClock, work: Promise<T>): Promise<T> {
  let isOver = false;
  const end = () => (isOver = true);
  work.then(end, end);
  while (!isOver) {
    const pause = Promise.race([clock.nextTimer(1000), clock.nextTimer(5000)]);
    await Promise.race([pause, work.then(end, end)]);
    clock.advance(5000);
  }
  return work;
}

/** The answers to the next requests, the last one also to all after it. */
function answerWith(...answers: readonly Answer[]): void {
  let next = 0;
  server.has.set(directPath, (request, response) => {
    const answer = answers[Math.min(next++, answers.length - 1)] ?? 404;
    if (typeof answer === 'function') answer(request, response);
    else if (typeof answer === 'number') response.writeHead(answer).end();
    else response.end(answer);
  });
}

function cutAfter(bytes: Uint8Array): Answer {
  return (_request, response) => {
    response.writeHead(200, { 'content-length': bytes.length * 2 });
    response.write(bytes, () => response.destroy());
  };
}

async function fails(work: Promise<unknown>, reason: MediaFault): Promise<void> {
  await assert.rejects(work, { name: 'MediaUnavailable', reason });
}
