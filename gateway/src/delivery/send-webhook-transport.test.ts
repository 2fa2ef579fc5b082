import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { until } from '../testing/until.ts';
import type { AttemptResult } from './attempt-result.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startFullServer } from './testing/full-server.ts';
import type { RawConnection } from './testing/raw-server.ts';
import { assertPartly, send, sender, serve } from './testing/sending.ts';

const megabyte = 1024 * 1024;
const tooLarge = 'HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig';

test('2, 5: a server whose queue is full, so that it does not even refuse: silence at the limit for connecting', async () => {
  const clock = new FakeClock();
  const port = await startFullServer();
  const result = send(sender({ clock }), `http://127.0.0.1:${port}/`);
  await until(() => isConnecting(clock));
  clock.advance(5000);
  assertPartly(await result, {
    outcome: 'silence',
    reason: 'connect_timeout',
    phase: 'connect',
    durationMs: 5000,
  });
});

test('73: an early 413, with the body half read: rejected, also for 5 MB', async () => {
  const server = await serve(async ({ socket }) => {
    await once(socket, 'data');
    socket.end(tooLarge);
  });
  for (const size of [1000, megabyte, 5 * megabyte]) {
    assertPartly(await sendLarge(server.url, size), { outcome: 'rejected', status: 413 });
  }
});

test('73: an early 413 and a reset at once: rejected when the answer outlives the reset, else silence', async () => {
  const server = await serve(async ({ socket }) => {
    await once(socket, 'data');
    socket.pause().write(tooLarge, () => socket.resetAndDestroy());
  });
  for (const size of [1000, 5 * megabyte]) {
    const result = await sendLarge(server.url, size);
    if (result.outcome === 'silence') assertPartly(result, { reason: 'reset' });
    else assertPartly(result, { outcome: 'rejected', status: 413 });
  }
});

test('74: a 200 counts although the rest of the request can no longer be written', async () => {
  const server = await serve(async ({ socket }) => {
    await once(socket, 'data');
    socket.pause().write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc');
  });
  const clock = new FakeClock();
  const result = sendLarge(server.url, 5 * megabyte, clock);
  // The deadline of the body: the head was read.
  await until(() => clock.nextInMs === 2000);
  server.connections[0]?.socket.resetAndDestroy();
  assertPartly(await result, { outcome: 'delivered', status: 200, bodyProblem: 'cut' });
});

test('12: servers that stop reading cost no copy of the body: silence at the total deadline', async () => {
  const clock = new FakeClock();
  const server = await serve(({ socket }) => void socket.removeAllListeners('data').pause());
  const content = Buffer.alloc(megabyte, 'a');
  const one = sender({ clock });
  const before = process.memoryUsage().arrayBuffers;
  const results = Array.from({ length: 30 }, () => send(one, server.url, { body: content }));
  await until(() => server.connections.length === 30 && !isConnecting(clock));
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 8 * megabyte, `30 attempts of 1 MB hold ${Math.round(grown / 1024)} KB`);
  clock.advance(30_000);
  for (const result of results) {
    assertPartly(await result, { outcome: 'silence', reason: 'timeout', durationMs: 30_000 });
  }
});

test('13: a server that reads a byte per second: silence at the total deadline', async () => {
  const clock = new FakeClock();
  const server = await serve(({ socket }) => void socket.removeAllListeners('data').pause());
  const result = sendLarge(server.url, 16 * megabyte, clock);
  await until(() => server.connections.length === 1 && !isConnecting(clock));
  const { socket } = server.connections[0] as RawConnection;
  for (let second = 0; second < 30; second++) {
    socket.read(1);
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1000);
  }
  assertPartly(await result, { outcome: 'silence', reason: 'timeout', phase: 'write', durationMs: 30_000 });
});

function sendLarge(url: string, bytes: number, clock = new FakeClock()): Promise<AttemptResult> {
  return send(sender({ clock }), url, { body: Buffer.alloc(bytes, 'a') });
}

/** Whether a connection is being opened: its limit is 5 s. */
function isConnecting(clock: FakeClock): boolean {
  return clock.timersInMs.includes(5000);
}
