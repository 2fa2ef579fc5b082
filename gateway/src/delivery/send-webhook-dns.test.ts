import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { AddressPolicy } from '../reach/guard-address.ts';
import { createResolver } from '../reach/resolve-host.ts';
import { until } from '../testing/until.ts';
import type { Sender } from './sender.ts';
import { startDnsServer, type DnsAnswer, type DnsRecord, type DnsServer } from './testing/dns-server.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import type { RawConnection, RawServer } from './testing/raw-server.ts';
import { answeringAll, assertPartly, delivered, freePort, send, sender, serve } from './testing/sending.ts';

const folder = await mkdtemp(join(tmpdir(), 'eazewa-dns-'));
after(() => rm(folder, { recursive: true }));
const hostsFile = join(folder, 'hosts');
await writeFile(hostsFile, '10.0.0.5 inner.test\n127.0.0.1 listed.test\n');

const dns = (detail: string) => ({ outcome: 'silence', reason: 'dns', phase: 'resolve', detail });
const a = (...values: string[]): DnsRecord[] => values.map((value) => ({ type: 'A', value }));
const cname = (name: string, value: string): DnsRecord => ({ name, type: 'CNAME', value });

/** 127.0.0.1 stands for a public address, everything else of loopback for a private one. */
const policy: AddressPolicy = {
  allowLoopback: false,
  allowedRanges: ['127.0.0.1/32'],
  setting: 'SETTING',
  ownAddresses: [],
};

interface Row {
  readonly row: number;
  readonly name: string;
  /** What the name server says of `a.test`, for IPv4 and for IPv6. */
  readonly ipv4: DnsAnswer;
  readonly ipv6?: DnsAnswer;
  readonly expect: Readonly<Record<string, string | number>>;
}

const rows: Row[] = [
  { row: 25, name: 'a name that does not exist', ipv4: 'nxdomain', expect: dns('ENOTFOUND') },
  { row: 27, name: 'a server failure', ipv4: 'servfail', expect: dns('ESERVFAIL') },
  { row: 27, name: 'a server that refuses', ipv4: 'refused', expect: dns('EREFUSED') },
  { row: 28, name: 'a name without any address', ipv4: [], expect: dns('ENODATA') },
  { row: 29, name: '1,000 addresses', ipv4: a(...loopbackAddresses(1000)), expect: delivered },
  { row: 30, name: 'a first address where nobody listens', ipv4: a('127.0.0.1'), expect: delivered },
  {
    row: 31,
    name: 'names that lead to each other in a circle',
    ipv4: [cname('a.test', 'b.test'), cname('b.test', 'a.test')],
    expect: dns('the name has no address'),
  },
  {
    row: 34,
    name: 'public and private addresses: the private ones are passed over',
    ipv4: a('10.0.0.1', '127.0.0.1', '169.254.169.254'),
    expect: delivered,
  },
  {
    row: 34,
    name: 'nothing but private addresses',
    ipv4: a('10.0.0.1', '127.0.0.2'),
    ipv6: [{ type: 'AAAA', value: '::1' }],
    expect: { outcome: 'silence', reason: 'address_blocked', phase: 'resolve' },
  },
  {
    row: 151,
    name: 'a private address inside an IPv6 address',
    ipv4: 'nxdomain',
    ipv6: [{ type: 'AAAA', value: '0064:ff9b:0000:0000:0000:0000:7f00:0002' }],
    expect: { outcome: 'silence', reason: 'address_blocked' },
  },
  { row: 27, name: 'one family that fails', ipv4: a('127.0.0.1'), ipv6: 'servfail', expect: delivered },
];

for (const { row, name, ipv4, ipv6 = [], expect } of rows) {
  test(`${row}: ${name}: ${Object.values(expect).join(', ')}`, async () => {
    const dnsServer = await startDnsServer((_, type) => (type === 'A' ? ipv4 : ipv6));
    const { one, server } = await start(dnsServer);
    assertPartly(await send(one, `http://a.test:${server.port}/`), expect);
    assert.equal(server.requests.length, expect['outcome'] === 'delivered' ? 1 : 0);
  });
}

test('25: that a name does not exist is remembered for 3 s and no longer', async () => {
  let isThere = false;
  const dnsServer = await startDnsServer((_, type) =>
    isThere && type === 'A' ? a('127.0.0.1') : 'nxdomain',
  );
  const { one, server, clock } = await start(dnsServer);
  const call = () => send(one, `http://a.test:${server.port}/`);
  assertPartly(await call(), dns('ENOTFOUND'));
  isThere = true;
  const asked = dnsServer.asked.length;
  clock.advance(2999);
  assertPartly(await call(), dns('ENOTFOUND'));
  assert.equal(dnsServer.asked.length, asked);
  clock.advance(1);
  assertPartly(await call(), delivered);
});

test('26: names whose servers never answer: silence at the limit, and other names are found meanwhile', async () => {
  const dnsServer = await startDnsServer((name, type) => {
    if (name.startsWith('dead')) return 'silent';
    return type === 'A' ? a('127.0.0.1') : [];
  });
  const { one, server, clock } = await start(dnsServer);
  const dead = Array.from({ length: 50 }, (_, index) =>
    send(one, `http://dead${index}.test:${server.port}/`),
  );
  await until(() => dnsServer.asked.length >= 100);
  for (let i = 0; i < 20; i++) {
    assertPartly(await send(one, `http://alive${i}.test:${server.port}/`), delivered);
  }
  clock.advance(5000);
  for (const result of dead) {
    assertPartly(await result, {
      outcome: 'silence',
      reason: 'connect_timeout',
      phase: 'resolve',
      durationMs: 5000,
    });
  }
});

test('29: of a long answer no more than four addresses are tried', async () => {
  const dnsServer = await startDnsServer((_, type) => (type === 'A' ? a(...loopbackAddresses(1000)) : []));
  const resolve = createResolver({ clock: new FakeClock(), resolver: dnsServer.resolver, hostsFile });
  assert.deepEqual(await resolve('a.test'), ['127.0.0.1', '127.1.0.1', '127.1.0.2', '127.1.0.3']);
});

test('30: an address where nobody listens is passed over for the next', async () => {
  const dnsServer = await startDnsServer((_, type) => (type === 'A' ? a('127.0.0.2', '127.0.0.1') : []));
  const { one, server } = await start(dnsServer, { ...policy, allowedRanges: ['127.0.0.0/8'] });
  assertPartly(await send(one, `http://a.test:${server.port}/`), delivered);
});

test('31: a chain of 20 names whose end is in the answer is followed', async () => {
  const chain = Array.from({ length: 20 }, (_, index) =>
    cname(index === 0 ? 'a.test' : `n${index}.test`, `n${index + 1}.test`),
  );
  const last: DnsRecord = { name: 'n20.test', type: 'A', value: '127.0.0.1' };
  const dnsServer = await startDnsServer((_, type) => (type === 'A' ? [...chain, last] : []));
  const { one, server } = await start(dnsServer);
  const result = await send(one, `http://a.test:${server.port}/`);
  assertPartly(result, delivered);
});

test('32: with a lifetime of 0 each attempt asks again, and dials the address that was checked', async () => {
  let asked = 0;
  const dnsServer = await startDnsServer((_, type) =>
    type === 'A' ? [{ type: 'A', value: asked++ % 2 === 0 ? '127.0.0.1' : '127.0.0.2', ttl: 0 }] : [],
  );
  const { one, server } = await start(dnsServer, policy, closing);
  for (let i = 0; i < 4; i++) {
    const expect = i % 2 === 0 ? delivered : { outcome: 'silence', reason: 'address_blocked' };
    assertPartly(await send(one, `http://a.test:${server.port}/`), expect);
  }
  assert.equal(server.connections.length, 2);
});

test('33: a name that leads to a public address when it is checked and inside afterwards reaches nothing inside', async () => {
  let asked = 0;
  const dnsServer = await startDnsServer((_, type) =>
    type === 'A' ? [{ type: 'A', value: asked++ === 0 ? '127.0.0.1' : '127.0.0.2', ttl: 0 }] : [],
  );
  const port = await freePort();
  const inner = await serve(closing, undefined, { host: '127.0.0.2', port });
  const outer = await serve(closing, undefined, { port });
  const one = senderOf(dnsServer, new FakeClock());
  assertPartly(await send(one, `http://a.test:${port}/`), delivered);
  for (let i = 0; i < 3; i++) {
    const result = await send(one, `http://a.test:${port}/`);
    assertPartly(result, { outcome: 'silence', reason: 'address_blocked' });
  }
  assert.deepEqual([outer.connections.length, inner.connections.length], [1, 0]);
});

test('35: the hosts file can lead to a private address: blocked, unless it is allowed', async () => {
  const dnsServer = await startDnsServer(() => 'nxdomain');
  const { one, server } = await start(dnsServer);
  const blocked = { outcome: 'silence', reason: 'address_blocked' };
  assertPartly(await send(one, 'http://inner.test/'), blocked);
  assertPartly(await send(one, `http://listed.test:${server.port}/`), delivered);
  assert.deepEqual(dnsServer.asked, []);
});

test('36: a name of one part is asked for as it stands, without any domain of this machine', async () => {
  const dnsServer = await startDnsServer(() => 'nxdomain');
  const { one } = await start(dnsServer);
  assertPartly(await send(one, 'http://intranet/'), dns('ENOTFOUND'));
  assert.deepEqual(new Set(dnsServer.asked), new Set(['A intranet', 'AAAA intranet']));
});

test("146: a cloud's metadata service is blocked by its name too, wherever that leads", async () => {
  const dnsServer = await startDnsServer((_, type) => (type === 'A' ? a('127.0.0.1') : []));
  const { one, server } = await start(dnsServer);
  for (const name of ['metadata.google.internal', 'Metadata.Google.Internal.']) {
    const result = await send(one, `http://${name}:${server.port}/`);
    assertPartly(result, { outcome: 'silence', reason: 'address_blocked' });
  }
  assert.equal(server.connections.length, 0);
});

interface Started {
  readonly one: Sender;
  readonly server: RawServer;
  readonly clock: FakeClock;
}

async function start(dnsServer: DnsServer, guard = policy, act = answeringAll): Promise<Started> {
  const clock = new FakeClock();
  return { one: senderOf(dnsServer, clock, guard), server: await serve(act), clock };
}

function senderOf({ resolver }: DnsServer, clock: FakeClock, guard = policy): Sender {
  return sender({ clock, policy: guard, resolve: createResolver({ clock, resolver, hostsFile }) });
}

async function closing(connection: RawConnection): Promise<void> {
  await connection.request();
  connection.socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}

/** 127.0.0.1, and others where nobody listens. */
function loopbackAddresses(count: number): string[] {
  const others = Array.from(
    { length: count - 1 },
    (_, index) => `127.1.${(index + 1) >> 8}.${(index + 1) & 255}`,
  );
  return ['127.0.0.1', ...others];
}
