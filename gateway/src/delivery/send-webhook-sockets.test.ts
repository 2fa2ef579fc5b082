import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { turns, until } from '../testing/until.ts';
import { openFailureOf } from './open-failure.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startFullServer } from './testing/full-server.ts';
import type { RawConnection } from './testing/raw-server.ts';
import {
  answeringAll,
  assertPartly,
  delivered,
  freePort,
  ok,
  send,
  sender,
  serve,
} from './testing/sending.ts';

const timeout = { outcome: 'silence', reason: 'timeout' };
const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.address === '::1');

interface ErrorRow {
  readonly row: string;
  readonly code: string;
  readonly address?: string;
  readonly expect: string;
}

const errors: ErrorRow[] = [
  { row: '1', code: 'ECONNREFUSED', expect: 'silence refused' },
  { row: '2', code: 'ETIMEDOUT', expect: 'silence connect_timeout' },
  { row: '3', code: 'EHOSTUNREACH', expect: 'silence unreachable' },
  { row: '3', code: 'ENETUNREACH', expect: 'silence unreachable' },
  { row: '3', code: 'EACCES', expect: 'silence unreachable' },
  { row: '20', code: 'EMFILE', expect: 'unsent no_sockets' },
  { row: '20', code: 'ENFILE', expect: 'unsent no_sockets' },
  { row: '20', code: 'ENOBUFS', expect: 'unsent no_sockets' },
  { row: '21', code: 'EADDRNOTAVAIL', address: '192.0.2.1', expect: 'unsent no_sockets' },
  // So says a machine without IPv6: the ports are not used up, and the receiver cannot be reached.
  { row: '24', code: 'EADDRNOTAVAIL', address: '2001:db8::1', expect: 'silence unreachable' },
];

for (const { row, code, address, expect } of errors) {
  test(`${row}: ${code}${address === undefined ? '' : ` to ${address}`}: ${expect}`, () => {
    const error = Object.assign(new Error(code), { code, address });
    for (const one of [error, Object.assign(new AggregateError([error]), { code })]) {
      const { outcome, reason } = openFailureOf(one, 'connect', null);
      assert.equal(`${outcome} ${reason}`, expect);
    }
  });
}

test('20: without a file descriptor nothing is attempted, nothing counts, and it goes on when there are some', async () => {
  const server = await serve(answeringAll);
  const script = fileURLToPath(new URL('testing/out-of-files.ts', import.meta.url));
  const command = 'ulimit -n 100; exec "$0" "$1" "$2"';
  const { stdout } = await promisify(execFile)('sh', [
    '-c',
    command,
    process.execPath,
    script,
    `${server.port}`,
  ]);
  assert.deepEqual(stdout.trim().split('\n'), [
    ...Array.from({ length: 3 }, () => 'unsent no_sockets'),
    'delivered',
    'delivered',
  ]);
});

test('14: an answer that comes late and in pieces is a response', async () => {
  const clock = new FakeClock();
  const server = await serve(() => {});
  const result = send(sender({ clock }), server.url);
  await until(() => server.requests.length === 1);
  await drip(server.connections[0], ok, clock, 700);
  assertPartly(await result, delivered);
});

test('15, 22: a kept connection that a router has forgotten: silence at the deadline, then a fresh one', async () => {
  const clock = new FakeClock();
  const server = await serve(async (connection) => {
    await connection.request();
    connection.socket.write(ok);
    if (connection.number === 2) await answeringAll(connection);
  });
  const one = sender({ clock });
  assertPartly(await send(one, server.url), delivered);
  const lost = send(one, server.url);
  await until(() => server.requests.length === 2);
  clock.advance(30_000);
  assertPartly(await lost, timeout);
  assertPartly(await send(one, server.url, { attempt: 2 }), delivered);
  assert.equal(server.connections.length, 2);
});

test('18: a server that keeps connections for 1 s, called each second for ten minutes: no request is ever lost', async () => {
  const clock = new FakeClock();
  const server = await serve(async (connection) => {
    for (let usedAt = clock.monotonic(); ; usedAt = clock.monotonic()) {
      await connection.request();
      // As the server would: what comes after a second is not read any more.
      if (clock.monotonic() - usedAt >= 1000) return void connection.socket.resetAndDestroy();
      connection.socket.write('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n');
    }
  });
  const one = sender({ clock });
  for (let second = 0; second < 600; second++) {
    assertPartly(await send(one, server.url), delivered);
    clock.advance(1000);
  }
  assert.equal(server.requests.length, 600);
});

test('19: a server that takes one connection at a time: the second attempt has its turn, and both are answered', async () => {
  const clock = new FakeClock();
  let first: Promise<unknown> | null = null;
  const server = await serve(async (connection) => {
    const before = first;
    first = once(connection.socket, 'close');
    await before;
    await answeringAll(connection);
  });
  const one = sender({ clock });
  const results = [send(one, server.url), send(one, server.url, { eventId: 'evt_1' })];
  assertPartly(await Promise.race(results), delivered);
  await until(() => server.connections.length === 2);
  // The first connection is kept for a while; that it is unused makes it close.
  clock.advance(5000);
  for (const result of results) assertPartly(await result, delivered);
});

test('30: a first address that is silent is passed over for the second, within the limit for connecting', async () => {
  const port = await startFullServer('127.0.0.2', await freePort());
  const server = await serve(answeringAll, undefined, { port });
  const one = sender({ resolve: () => Promise.resolve(['127.0.0.2', '127.0.0.1']) });
  assertPartly(await send(one, `http://receiver.test:${server.port}/`), delivered);
});

if (hasIpv6) {
  test('23: a silent IPv6 address is passed over for IPv4, and the other way round', async () => {
    const port = await startFullServer('::1', await freePort());
    const server = await serve(answeringAll, undefined, { port });
    const one = sender({ resolve: () => Promise.resolve(['::1', '127.0.0.1']) });
    assertPartly(await send(one, `http://receiver.test:${server.port}/`), delivered);
    const other = await startFullServer('127.0.0.1', await freePort());
    await serve(answeringAll, undefined, { host: '::1', port: other });
    assertPartly(await send(one, `http://receiver.test:${other}/`), delivered);
  });

  test('24: a host with nothing but IPv6 is delivered to, by its name and by its address', async () => {
    const server = await serve(answeringAll, undefined, { host: '::1' });
    const one = sender({ resolve: () => Promise.resolve(['::1']) });
    assertPartly(await send(one, `http://receiver.test:${server.port}/`), delivered);
    assertPartly(await send(one, server.url), delivered);
  });
}

test('49: a head that drips a byte each 300 ms: silence at the total deadline', async () => {
  const clock = new FakeClock();
  const server = await serve(() => {});
  const result = send(sender({ clock }), server.url);
  await until(() => server.requests.length === 1);
  await drip(server.connections[0], 'HTTP/1.1 200 OK\r\nX-Long: '.padEnd(100, 'a'), clock, 300);
  assertPartly(await result, { ...timeout, durationMs: 30_000 });
});

test('64: interim answers without end: silence at the total deadline', async () => {
  const clock = new FakeClock();
  const server = await serve(() => {});
  const result = send(sender({ clock }), server.url);
  await until(() => server.requests.length === 1);
  for (let i = 0; i < 30; i++) {
    await write(server.connections[0], 'HTTP/1.1 103 Early Hints\r\n\r\n');
    clock.advance(1000);
  }
  assertPartly(await result, timeout);
});

test('75: a body that drips a byte each 300 ms: the response counts, the body is cut after 2 s', async () => {
  const clock = new FakeClock();
  const server = await serve(() => {});
  const result = send(sender({ clock }), server.url);
  await until(() => server.requests.length === 1);
  await write(server.connections[0], 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n');
  await until(() => clock.nextInMs === 2000);
  await drip(server.connections[0], 'aaaaaaa', clock, 300);
  assertPartly(await result, { ...delivered, bodyProblem: 'too_slow' });
});

/** Writes byte after byte; after each the clock moves on. */
async function drip(
  connection: RawConnection | undefined,
  text: string,
  clock: FakeClock,
  ms: number,
): Promise<void> {
  for (const byte of text) {
    await write(connection, byte);
    await turns();
    clock.advance(ms);
  }
}

async function write(connection: RawConnection | undefined, text: string): Promise<void> {
  await new Promise((resolve) => connection?.socket.write(text, resolve));
}
