import assert from 'node:assert/strict';
import { test } from 'node:test';
import { disconnects } from '@eazewa/simulator';
import type { DisconnectKind } from '@eazewa/simulator';
import { connectClient } from './support/client.ts';
import { linkedAlice } from './support/linked-alice.ts';

const { simulator, alice, ...linked } = await linkedAlice();
let { client } = linked;

// Silence shows only after the client's keep-alive has failed: a short one, in a test of its own.
const atOnce = (Object.keys(disconnects) as DisconnectKind[]).filter(
  (kind) => disconnects[kind].statusCode !== 408,
);

for (const kind of atOnce) {
  test(`"${kind}" ends a connection with ${disconnects[kind].statusCode}, and the next login works`, async () => {
    simulator.disconnect(alice, kind);

    assert.equal(await client.closed(), disconnects[kind].statusCode);
    client = connectClient(simulator, client.state);
    await client.isOpen();
  });
}

test('a server that falls silent is given up with 408', async () => {
  await client.stop();
  client = connectClient(simulator, client.state, { keepAliveIntervalMs: 100 });
  await client.isOpen();

  simulator.disconnect(alice, 'silence');

  assert.equal(await client.closed(), 408);
  client = connectClient(simulator, client.state);
  await client.isOpen();
});

test('a status code can be asked for in place of a kind', async () => {
  simulator.disconnect(alice.number, 503);

  assert.equal(await client.closed(), 503);
  client = connectClient(simulator, client.state);
  await client.isOpen();
});

test('a second login of the same client replaces the first, which sees 440', async () => {
  const second = connectClient(simulator, client.state);

  assert.equal(await client.closed(), 440);
  await second.isOpen();
  client = second;
});

for (const reason of [401, 403, 405, 503]) {
  test(`logins can be made to fail with ${reason}`, async () => {
    await client.stop();
    simulator.failLogins(alice, reason);

    assert.equal(await connectClient(simulator, client.state).closed(), reason);

    simulator.allowLogins(alice);
    client = connectClient(simulator, client.state);
    await client.isOpen();
  });
}

test('linking can be made to fail too, as for a client that is too old', async () => {
  simulator.failLogins('*', 405);
  assert.equal(await connectClient(simulator).closed(), 405);
  simulator.allowLogins('*');
});

test('what cannot be disconnected is refused with the reason', async () => {
  const bob = simulator.addPhone({ name: 'Bob' });
  assert.throws(() => simulator.disconnect(bob, 'replaced'), { code: 'not_linked' });
  assert.throws(() => simulator.disconnect(alice, 'no-such-kind'), { code: 'invalid_request' });
  assert.throws(() => simulator.disconnect('4999', 503), { code: 'unknown_phone' });
});
