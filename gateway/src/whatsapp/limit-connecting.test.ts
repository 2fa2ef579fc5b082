import '../../test/support/baileys-timers.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { Addresses } from '../chats/addresses.ts';
import { migrate } from '../database/migrate.ts';
import { openSqlite } from '../database/sqlite.ts';
import { FakeClock } from '../delivery/testing/fake-clock.ts';
import { InstanceInbox } from '../inbox/instance-inbox.ts';
import type { ConnectionEnd } from '../instances/connection.ts';
import { createLog } from '../log.ts';
import { createVault } from '../vault.ts';
import { createConnector } from './connector.ts';

test('a server that takes the socket and says nothing more is given up after 20 seconds', async () => {
  const server = createTcpServer((socket) => socket.on('error', () => undefined));
  const reached = once(server, 'connection');
  const { clock, closed } = await openTo(server);
  await reached;
  clock.advance(20_000);
  assert.equal((await closed).code, 428);
});

test('a server that opens the WebSocket and does not answer the handshake is given up after 20 seconds', async () => {
  const server = createServer().on('upgrade', (request, socket) => {
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash('sha1').update(key).digest('base64');
    const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
    socket.write([...head, `Sec-WebSocket-Accept: ${accept}`, '', ''].join('\r\n'));
    socket.on('error', () => undefined);
    socket.once('data', () => server.emit('hello'));
  });
  const hello = once(server, 'hello');
  const { clock, closed } = await openTo(server);
  await hello;
  clock.advance(19_999);
  clock.advance(1);
  assert.deepEqual(await closed, { code: 408, reason: 'Timed Out', atLogin: true });
  assert.equal(clock.nextInMs, null);
});

/** Opens a connection to what listens there. */
async function openTo(server: Server | ReturnType<typeof createTcpServer>) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const database = await openSqlite({ path: ':memory:' });
  await migrate(database);
  after(async () => {
    server.close();
    await database.close();
  });
  const clock = new FakeClock();
  const parts = { database, vault: createVault(Buffer.alloc(32, 1)), clock };
  const inbox = await InstanceInbox.open(1, parts, new Addresses(database, 1), () => undefined);
  const connector = createConnector({
    database,
    clock,
    log: createLog('silent'),
    settings: {
      url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      rootKey: Buffer.alloc(32),
      version: null,
    },
    inboxOf: () => Promise.resolve({ inbox, offlineSync: () => undefined }),
  });
  const { promise: closed, resolve } = Promise.withResolvers<ConnectionEnd>();
  const instance = { id: 1, name: '', state: 'booting', stateReason: null, createdAt: 0 } as const;
  await connector.open(
    { ...instance, phone: null, lid: null, pushName: null },
    { qr: nothing, loading: nothing, authenticated: nothing, ready: nothing, closed: resolve },
  );
  return { clock, closed };
}

function nothing(): void {}
