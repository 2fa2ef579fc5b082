import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { AttemptResult } from './attempt-result.ts';
import type { AddressPolicy } from '../reach/guard-address.ts';
import { until } from '../testing/until.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import type { RawServer } from './testing/raw-server.ts';
import { answering, assertPartly, body, freePort, ok, send, sender, serve } from './testing/sending.ts';

interface Row {
  readonly name: string;
  /** What the server writes once it has the request; in pieces when it is a list. */
  readonly answer: string | readonly string[];
  /** What it does to the connection after that. */
  readonly ending?: 'close' | 'reset' | 'keep';
  readonly expect: Readonly<Record<string, string | number | null>>;
  /** How long the sender waits, after the server has done its part; the deadlines are 30 s, 5 s and 2 s. */
  readonly waitMs?: number;
}

const silence = (reason: string) => ({ outcome: 'silence', reason });
const delivered = (bodyProblem: string | null = null) => ({ outcome: 'delivered', status: 200, bodyProblem });
const rejected = (status: number) => ({ outcome: 'rejected', status });

const connections: Row[] = [
  {
    name: '8: a reset after the request',
    answer: '',
    ending: 'reset',
    expect: { ...silence('reset'), phase: 'response' },
  },
  { name: '9: an end without a byte', answer: '', ending: 'close', expect: silence('closed') },
  {
    name: '10: an end inside the status line',
    answer: 'HTTP/1.1 2',
    ending: 'close',
    expect: silence('closed'),
  },
  {
    name: '11: an end inside the headers',
    answer: 'HTTP/1.1 200 OK\r\nServer: x\r\nA',
    ending: 'close',
    expect: silence('closed'),
  },
  {
    name: '4: no answer at all',
    answer: '',
    waitMs: 30_000,
    expect: { ...silence('timeout'), phase: 'response' },
  },
];

const heads: Row[] = [
  {
    name: '49: a head that stops halfway',
    answer: 'HTTP/1.1 200 OK\r\nServer',
    waitMs: 30_000,
    expect: silence('timeout'),
  },
  {
    name: '49: a head byte by byte',
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'.split(''),
    expect: delivered(),
  },
  { name: '50: garbage', answer: 'garbage not http\r\n\r\n', expect: silence('garbled') },
  { name: '50: garbage without a line end', answer: 'garbage', expect: silence('garbled') },
  { name: '51: the banner of an SSH server', answer: 'SSH-2.0-OpenSSH_9.9\r\n', expect: silence('garbled') },
  { name: '52: a status that is no number', answer: 'HTTP/1.1 abc OK\r\n\r\n', expect: silence('garbled') },
  { name: '52: a status of two digits', answer: 'HTTP/1.1 20 OK\r\n\r\n', expect: silence('garbled') },
  {
    name: '53: a status of 999',
    answer: 'HTTP/1.1 999 x\r\nContent-Length: 0\r\n\r\n',
    expect: rejected(999),
  },
  { name: '53: a status of 600', answer: 'HTTP/1.1 600\r\nContent-Length: 0\r\n\r\n', expect: rejected(600) },
  {
    name: '54: HTTP/0.9 as a version',
    answer: 'HTTP/0.9 200 OK\r\nContent-Length: 0\r\n\r\n',
    expect: delivered(),
  },
  {
    name: '55: lines that end without CR',
    answer: 'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
    expect: silence('garbled'),
  },
  { name: '56: an empty line in front', answer: `\r\n${ok}`, expect: delivered() },
  {
    name: '57: one header of 40 KB',
    answer: `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(40_000)}\r\nContent-Length: 0\r\n\r\n`,
    expect: delivered(),
  },
  {
    name: '57: one header of 70 KB',
    answer: `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(70_000)}\r\n\r\n`,
    expect: silence('garbled'),
  },
  {
    name: '58: 3,000 headers',
    answer: `HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(3000)}Content-Length: 0\r\n\r\n`,
    expect: delivered(),
  },
  {
    name: '58: 10,000 headers',
    answer: `HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(10_000)}\r\n`,
    expect: silence('garbled'),
  },
  {
    name: '59: two different lengths',
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    expect: silence('garbled'),
  },
  {
    name: '60: a length and chunks',
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    expect: silence('garbled'),
  },
  {
    name: 'a length that is no number',
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
    expect: silence('garbled'),
  },
  { name: 'a header without a name', answer: 'HTTP/1.1 200 OK\r\n: x\r\n\r\n', expect: silence('garbled') },
  { name: 'a header with NUL', answer: 'HTTP/1.1 200 OK\r\nA: \0\r\n\r\n', expect: silence('garbled') },
  {
    name: '61: 100 cookies',
    answer: `HTTP/1.1 200 OK\r\n${'Set-Cookie: a=b\r\n'.repeat(100)}Content-Length: 0\r\n\r\n`,
    expect: delivered(),
  },
  {
    name: '62: 100 Continue that nobody asked for',
    answer: `HTTP/1.1 100 Continue\r\n\r\n${ok}`,
    expect: delivered(),
  },
  {
    name: '63: 102 and 103 in pieces',
    answer: ['HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLi', 'nk: x\r\n\r\n', ok],
    expect: delivered(),
  },
  {
    name: '64: 103 and nothing more',
    answer: 'HTTP/1.1 103 Early Hints\r\n\r\n',
    waitMs: 30_000,
    expect: silence('timeout'),
  },
  {
    name: '65: 101 that nobody asked for',
    answer: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
    expect: rejected(101),
  },
];

const statuses: Row[] = [
  ...[200, 201, 202, 204, 299].map((status) => ({
    name: `66: status ${status}`,
    answer: `HTTP/1.1 ${status} x\r\nContent-Length: 0\r\n\r\n`,
    expect: { outcome: 'delivered', status },
  })),
  ...[300, 301, 302, 303, 304, 307, 308].flatMap((status) =>
    ['/hook', 'http://169.254.169.254/', 'file:///etc/passwd'].map((location) => ({
      name: `67, 68: status ${status} to ${location}`,
      answer: `HTTP/1.1 ${status} x\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`,
      expect: rejected(status),
    })),
  ),
  ...[400, 401, 403, 404, 409, 410, 413, 422, 500, 502, 503, 504, 520, 527].map((status) => ({
    name: `69, 71: status ${status}`,
    answer: `HTTP/1.1 ${status} x\r\nContent-Length: 0\r\n\r\n`,
    expect: rejected(status),
  })),
  ...['30', 'Fri, 31 Dec 1999 23:59:59 GMT', '-1', '99999999', 'soon'].map((later) => ({
    name: `70: status 429 with Retry-After: ${later}`,
    answer: `HTTP/1.1 429 x\r\nRetry-After: ${later}\r\nContent-Length: 0\r\n\r\n`,
    expect: rejected(429),
  })),
  {
    name: '72: status 200 with an error in its body',
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"error":"bad"}',
    expect: delivered(),
  },
];

const chunkedHead = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const bodies: Row[] = [
  {
    name: '76: a body that stops',
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc',
    waitMs: 2000,
    expect: delivered('too_slow'),
  },
  {
    name: '77: a reset inside the body',
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc',
    ending: 'reset',
    expect: delivered('cut'),
  },
  {
    name: '77: an end inside the body',
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc',
    ending: 'close',
    expect: delivered('cut'),
  },
  {
    name: '78: a body that is too large',
    answer: `HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n${'a'.repeat(70_000)}`,
    expect: delivered('too_large'),
  },
  {
    name: '79: a body that says it is gzip and is not',
    answer: 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc',
    expect: delivered(),
  },
  { name: 'chunks', answer: `${chunkedHead}5\r\nhello\r\n0\r\n\r\n`, expect: delivered() },
  {
    name: 'chunks byte by byte',
    answer: `${chunkedHead}5;ext=1\r\nhello\r\n0\r\n\r\n`.split(''),
    expect: delivered(),
  },
  {
    name: '80: chunks that are garbage',
    answer: `${chunkedHead}zz\r\nhello\r\n`,
    expect: delivered('garbled'),
  },
  {
    name: '81: chunks without end',
    answer: `${chunkedHead}${`400\r\n${'a'.repeat(1024)}\r\n`.repeat(71)}`,
    expect: delivered('too_large'),
  },
  {
    name: '84: chunks with trailers',
    answer: `${chunkedHead}5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n`,
    expect: delivered(),
  },
  {
    name: '82: a body that ends with the connection',
    answer: 'HTTP/1.1 200 OK\r\n\r\nhello',
    ending: 'close',
    expect: delivered(),
  },
  {
    name: '82: an HTTP/1.0 answer',
    answer: 'HTTP/1.0 200 OK\r\n\r\nhello',
    ending: 'close',
    expect: delivered(),
  },
];

for (const row of [...connections, ...heads, ...statuses, ...bodies]) {
  const { outcome, reason, status, bodyProblem } = row.expect;
  const title = [outcome, reason, status, bodyProblem]
    .filter((part) => part !== undefined && part !== null)
    .join(', ');
  test(`${row.name}: ${title}`, async () => {
    const { result, server } = await play(row);
    assertPartly(result, row.expect);
    assert.equal(server.requests.length, 1, 'no second request is made anywhere');
  });
}

test('1: a port where nobody listens: silence, refused', async () => {
  const result = await send(sender({}), `http://127.0.0.1:${await freePort()}/`);
  assertPartly(result, { ...silence('refused'), phase: 'connect' });
});

test('6, 7: a connection that is closed or reset at once: silence', async () => {
  const closing = await serve(({ socket }) => void socket.destroy());
  const resetting = await serve(({ socket }) => void socket.resetAndDestroy());
  for (const server of [closing, resetting]) {
    assertPartly(await send(sender({}), server.url), { outcome: 'silence' });
  }
});

test('25: a name that leads nowhere: silence, dns', async () => {
  const result = await send(
    sender({ resolve: () => Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' })) }),
    'http://receiver.test/',
  );
  assertPartly(result, { ...silence('dns'), phase: 'resolve', detail: 'ENOTFOUND' });
});

test('a connection that does not come about within 5 s: silence, connect_timeout', async () => {
  const clock = new FakeClock();
  const result = send(sender({ clock, resolve: () => new Promise(() => {}) }), 'http://receiver.test/');
  clock.advance(5000);
  assertPartly(await result, { ...silence('connect_timeout'), durationMs: 5000 });
});

test('34: of the addresses of a name, only those that the guard passes are dialled', async () => {
  const server = await serve(answering(ok));
  const policy = { allowLoopback: false, allowedRanges: ['127.0.0.1/32'], setting: 'S', ownAddresses: [] };
  const url = `http://receiver.test:${server.port}/`;
  const mixed = await send(
    sender({ policy, resolve: () => Promise.resolve(['10.0.0.1', '127.0.0.1']) }),
    url,
  );
  assertPartly(mixed, delivered());
  const inner = await send(sender({ policy, resolve: () => Promise.resolve(['10.0.0.1', '::1']) }), url);
  assertPartly(inner, silence('address_blocked'));
  const literal = await send(sender({ policy }), `http://[::ffff:127.0.0.2]:${server.port}/`);
  assertPartly(literal, silence('address_blocked'));
  assert.equal(server.connections.length, 1);
});

test('12: a server that stops reading a large request: silence at the deadline, and the request was not written', async () => {
  const clock = new FakeClock();
  const server = await serve(({ socket }) => void socket.removeAllListeners('data').pause());
  const result = send(sender({ clock }), server.url, { body: Buffer.alloc(16 * 1024 * 1024, 'a') });
  await until(() => server.connections.length === 1);
  clock.advance(30_000);
  assertPartly(await result, { ...silence('timeout'), phase: 'write' });
});

test('73: an answer before the request was read counts, and its connection is not used again', async () => {
  const server = await serve(async ({ socket }) => {
    await once(socket, 'data');
    socket.pause();
    socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n');
  });
  const one = sender({});
  const large = { body: Buffer.alloc(16 * 1024 * 1024, 'a') };
  assertPartly(await send(one, server.url, large), rejected(413));
  assertPartly(await send(one, server.url, large), rejected(413));
  assert.equal(server.connections.length, 2);
});

test('16: an unused connection that the server closes as the request starts is replaced at once, once', async () => {
  const server = await serve(async (connection) => {
    await connection.request();
    connection.socket.write(ok);
    await connection.request();
    connection.socket.destroy();
  });
  const one = sender({});
  assertPartly(await send(one, server.url), delivered());
  assertPartly(await send(one, server.url), delivered());
  assert.equal(server.connections.length, 2);
  assert.equal(server.requests.length, 3);
});

test('16: a used connection that dies after a byte of the answer is silence', async () => {
  const server = await serve(async (connection) => {
    await connection.request();
    connection.socket.write(ok);
    await connection.request();
    connection.socket.end('H');
  });
  const one = sender({});
  assertPartly(await send(one, server.url), delivered());
  assertPartly(await send(one, server.url), silence('closed'));
  assert.equal(server.connections.length, 1);
});

test('17: a server that closes after each answer gets a new connection each time', async () => {
  const server = await serve(answering('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'));
  const one = sender({});
  for (let i = 0; i < 3; i++) assertPartly(await send(one, server.url), delivered());
  assert.equal(server.connections.length, 3);
});

test('18: an unused connection is closed before the server would, as its Keep-Alive says', async () => {
  const clock = new FakeClock();
  const kept = 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=2\r\nContent-Length: 0\r\n\r\n';
  const server = await serve(async (connection) => {
    for (;;) {
      await connection.request();
      connection.socket.write(kept);
    }
  });
  const one = sender({ clock });
  await send(one, server.url);
  clock.advance(1400);
  await send(one, server.url);
  assert.equal(server.connections.length, 1);
  clock.advance(1600);
  await send(one, server.url);
  assert.equal(server.connections.length, 2);
});

test('163: no more attempts at one origin than its limit; the others wait and are made in order', async () => {
  const answers: (() => void)[] = [];
  const server = await serve(async (connection) => {
    for (;;) {
      const request = await connection.request();
      answers.push(() => connection.socket.write(ok));
      order.push(/webhook-id: (\w+)/.exec(request)?.[1] ?? '');
    }
  });
  const order: string[] = [];
  const one = sender({ limits: { perHost: 2 } });
  const results = ['a', 'b', 'c', 'd'].map((eventId) => send(one, server.url, { eventId }));
  for (let open = 2; open <= 4; open++) {
    await until(() => answers.length === open);
    answers[open - 2]?.();
  }
  answers.at(-1)?.();
  for (const result of results) assertPartly(await result, delivered());
  assert.deepEqual(order.toSorted().join(''), 'abcd');
  assert.deepEqual(order.slice(2), ['c', 'd']);
  assert.equal(server.connections.length, 2);
});

test('receivers that hang take no place from those who answer, and the time in the queue is not held against them', async () => {
  const clock = new FakeClock();
  const server = await serve(async (connection) => {
    for (;;) {
      const request = await connection.request();
      if (!request.includes('evt_hangs')) connection.socket.write(ok);
    }
  });
  const one = sender({ clock, limits: { failingPerHost: 1, failingInAll: 1, inAll: 1 } });
  const hanging = ['evt_hangs1', 'evt_hangs2'].map((eventId) =>
    send(one, server.url, { eventId, isFailing: true }),
  );
  for (let i = 0; i < 3; i++) assertPartly(await send(one, server.url), delivered());
  for (const result of hanging) {
    await until(() => clock.timersInMs.includes(30_000));
    clock.advance(30_000);
    assertPartly(await result, { ...silence('timeout'), durationMs: 30_000 });
  }
});

test('an attempt that is no longer wanted is cut at once and counts for nothing', async () => {
  const server = await serve(() => {});
  const abort = new AbortController();
  const result = send(sender({}), server.url, {}, abort.signal);
  await until(() => server.requests.length === 1);
  const closed = once(server.connections[0]?.socket ?? process, 'close');
  abort.abort();
  assertPartly(await result, { outcome: 'unsent', reason: 'aborted' });
  await closed;
});

test('the request is exactly what the documentation says, with path and query as they were set', async () => {
  const server = await serve(answering(ok));
  const url = `http://LOCALHOST:${server.port}/a/../b//%7e?token=a%2Fb&x=[1]#fragment`;
  await send(sender({ resolve: () => Promise.resolve(['127.0.0.1']) }), url, {
    eventId: 'evt_1',
    attempt: 7,
  });
  assert.deepEqual(server.requests[0]?.split('\r\n'), [
    'POST /a/../b//%7e?token=a%2Fb&x=[1] HTTP/1.1',
    `Host: localhost:${server.port}`,
    'Content-Type: application/json',
    'User-Agent: eazeWA Webhook User Agent',
    'Accept-Encoding: identity',
    `Content-Length: ${body.length}`,
    'webhook-id: evt_1',
    'webhook-attempt: 7',
    '',
    body.toString(),
  ]);
});

const answerWithBody = 'HTTP/1.1 102 x\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 6\r\n\r\nsecret';
const listed = { allowLoopback: false, allowedRanges: ['127.0.0.0/8'], setting: 'S', ownAddresses: [] };

interface Shown {
  readonly name: string;
  readonly answer: string;
  readonly policy?: AddressPolicy;
  readonly shows: string | null;
}

const shown: Shown[] = [
  { name: 'a response, its body too', answer: answerWithBody, shows: answerWithBody },
  {
    name: 'of a response from a private address that a range allows, only the head',
    policy: listed,
    answer: answerWithBody,
    shows: answerWithBody.slice(0, -'secret'.length),
  },
  { name: 'what was no response', answer: 'SSH-2.0-OpenSSH_9.9\r\n', shows: 'SSH-2.0-OpenSSH_9.9\r\n' },
  {
    name: 'of what was no response, from a private address that a range allows, nothing',
    policy: listed,
    answer: 'SSH-2.0-OpenSSH_9.9\r\n',
    shows: null,
  },
  {
    name: 'of a response the first 1024 bytes',
    answer: `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(2000)}\r\nContent-Length: 0\r\n\r\n`,
    shows: `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(1024 - 20)}`,
  },
];

for (const { name, answer, policy, shows } of shown) {
  // What is no HTTP is cut before its last byte.
  for (const pieces of answer.startsWith('HTTP') ? ['at once', 'byte by byte'] : ['at once']) {
    test(`161: the log shows ${name} (${pieces})`, async () => {
      const server = await serve(async (connection) => {
        await connection.request();
        for (const piece of pieces === 'at once' ? [answer] : answer) {
          await new Promise((resolve) => connection.socket.write(piece, resolve));
        }
      });
      const result = await send(sender(policy ? { policy } : {}), server.url);
      const response = 'response' in result ? result.response : null;
      assert.equal(response && Buffer.from(response).toString(), shows);
    });
  }
}

test('a URL that is none can never be sent', async () => {
  assertPartly(await send(sender({}), 'nonsense'), { outcome: 'unsendable', reason: 'invalid_url' });
});

/** Has a server do what the row says, and sends to it. */
async function play(row: Row): Promise<{ result: AttemptResult; server: RawServer }> {
  const clock = new FakeClock();
  const server = await serve(async (connection) => {
    await connection.request();
    const pieces = typeof row.answer === 'string' ? [row.answer] : row.answer;
    for (const piece of pieces) {
      await new Promise((resolve) => connection.socket.write(piece, resolve));
    }
    if (row.ending === 'close') connection.socket.end();
    if (row.ending === 'reset') connection.socket.resetAndDestroy();
    written = true;
  });
  let written = false;
  const result = send(sender({ clock }), server.url);
  if (row.waitMs !== undefined) {
    await until(() => written);
    // The body's deadline exists once the head was read.
    await until(() => (clock.nextInMs ?? 0) <= (row.waitMs ?? 0));
    clock.advance(row.waitMs);
  }
  return { result: await result, server };
}
