import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectClient, linkClient } from './support/client.ts';
import { linkedAlice } from './support/linked-alice.ts';

const { simulator, alice, ...linked } = await linkedAlice();
let { client } = linked;

/** What a client that is not answered gives up with: it waits as long as it is told to. */
const short = { connectTimeoutMs: 200, keepAliveIntervalMs: 200 };

for (const kind of ['upgrade', 'handshake', 'login'] as const) {
  test(`a login that is not answered (${kind}) does not get through until that ends`, async () => {
    await client.stop();
    const { logins } = simulator.counters;
    simulator.stall('*', kind);
    const stalled = connectClient(simulator, client.state, short);
    assert.equal(await stalled.closed(), 408);
    assert.equal(simulator.counters.logins, logins);
    simulator.unstall('*');
    client = connectClient(simulator, client.state);
    await client.isOpen();
  });
}

test('queries of one number are not answered, those of another are', async () => {
  const bob = simulator.addPhone({ name: 'Bob' });
  const other = await linkClient(simulator, bob);
  simulator.stall(alice, 'queries');
  await assert.rejects(client.socket.query(ping(), 200), { message: 'Timed Out' });
  assert.equal((await other.socket.query(ping(), 5000))?.attrs['type'], 'result');
  simulator.unstall(alice);
  assert.equal((await client.socket.query(ping(), 5000))?.attrs['type'], 'result');
});

test('a half-open socket answers nothing, and the next login is not disturbed by it', async () => {
  simulator.disconnect(alice, 'half-open');
  await assert.rejects(client.socket.query(ping(), 200), { message: 'Timed Out' });
  const next = connectClient(simulator, client.state);
  await next.isOpen();
  assert.equal((await next.socket.query(ping(), 5000))?.attrs['type'], 'result');
  client = next;
});

test('a way to stall that does not exist is refused', () => {
  assert.throws(() => simulator.stall(alice, 'no-such-kind'), { code: 'invalid_request' });
});

function ping() {
  const attrs = { to: 's.whatsapp.net', type: 'get', xmlns: 'w:p' };
  return { tag: 'iq', attrs, content: [{ tag: 'ping', attrs: {} }] };
}
