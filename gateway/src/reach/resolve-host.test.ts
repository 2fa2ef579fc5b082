import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createResolver } from './resolve-host.ts';
import { FakeClock } from '../testing/fake-clock.ts';

const folder = await mkdtemp(join(tmpdir(), 'eazewa-hosts-'));
const hostsFile = join(folder, 'hosts');
await writeFile(
  hostsFile,
  '# ours\n10.0.0.5\treceiver.test other.test # a comment\n::5 receiver.test\nbad receiver.test\n',
);
after(() => rm(folder, { recursive: true }));

/** A name server that answers from a table and counts the questions. */
function nameServer(records: Record<string, { v4?: string[]; v6?: string[]; ttl?: number }>) {
  const asked: string[] = [];
  const answer = (host: string, addresses: string[] | undefined) => {
    asked.push(host);
    const { ttl = 60 } = records[host] ?? {};
    if (!addresses) return Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }));
    return Promise.resolve(addresses.map((address) => ({ address, ttl })));
  };
  return {
    asked,
    resolve4: (host: string) => answer(host, records[host]?.v4),
    resolve6: (host: string) => answer(host, records[host]?.v6),
  };
}

function resolverOf(records: Parameters<typeof nameServer>[0]) {
  const clock = new FakeClock();
  const server = nameServer(records);
  return { clock, server, resolve: createResolver({ clock, resolver: server, hostsFile }) };
}

test('the hosts file comes first, and localhost needs no name server', async () => {
  const { resolve, server } = resolverOf({});
  assert.deepEqual(await resolve('Receiver.TEST.'), ['10.0.0.5', '::5']);
  assert.deepEqual(await resolve('localhost'), ['127.0.0.1', '::1']);
  assert.deepEqual(server.asked, []);
});

test('both families are early in the list, and no more than four addresses are tried', async () => {
  const v4 = Array.from({ length: 1000 }, (_, index) => `8.8.${index >> 8}.${index & 255}`);
  const { resolve } = resolverOf({ 'a.test': { v4, v6: ['2001:4860::1'] } });
  assert.deepEqual(await resolve('a.test'), ['8.8.0.0', '2001:4860::1', '8.8.0.1', '8.8.0.2']);
});

test('an answer lives as long as it says but 30 s at most, a failure 3 s', async () => {
  const { clock, resolve, server } = resolverOf({
    'short.test': { v4: ['8.8.8.8'], ttl: 5 },
    'long.test': { v4: ['8.8.8.8'], ttl: 86_400 },
  });
  const asks = async (host: string) => {
    const before = server.asked.length;
    await resolve(host).catch(() => {});
    return server.asked.length > before;
  };
  for (const [host, ms] of [
    ['short.test', 5000],
    ['long.test', 30_000],
    ['none.test', 3000],
  ] as const) {
    assert.equal(await asks(host), true, host);
    clock.advance(ms - 1);
    assert.equal(await asks(host), false, host);
    clock.advance(1);
    assert.equal(await asks(host), true, host);
  }
});

test('questions for one name at the same time are one question', async () => {
  const { resolve, server } = resolverOf({ 'a.test': { v4: ['8.8.8.8'], v6: ['::5'] } });
  await Promise.all([resolve('a.test'), resolve('a.test'), resolve('A.test')]);
  assert.equal(server.asked.length, 2);
});

test('a name without any address is a failure', async () => {
  const { resolve } = resolverOf({ 'empty.test': { v4: [], v6: [] } });
  await assert.rejects(resolve('empty.test'), /no address/);
  await assert.rejects(resolve('none.test'), { code: 'ENOTFOUND' });
});
