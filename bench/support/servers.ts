import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import postgres from 'postgres';

/** A server of somebody else's, for as long as a benchmark needs it. */
export interface Lent<T> {
  readonly at: T;
  release(): Promise<void>;
}

/** A Redis of our own that syncs each write, or null when the program is not there. */
export async function lendRedis(): Promise<Lent<number> | null> {
  const folder = await mkdtemp(join(tmpdir(), 'eazewa-bench-redis-'));
  const port = await freePort();
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'yes',
    appendfsync: 'always',
  };
  const options = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]);
  const server = spawn('redis-server', options, { stdio: 'ignore' });
  const gone = once(server, 'exit').catch(() => null);
  const release = async () => {
    server.kill();
    await gone;
    await rm(folder, { recursive: true, force: true });
  };
  const isUp = await Promise.race([answers(port), gone.then(() => false)]);
  if (isUp) return { at: port, release };
  await release();
  return null;
}

/** A new database on the server of EAZEWA_TEST_POSTGRES_URL, or null when that is not set. */
export async function lendPostgres(name: string): Promise<Lent<string> | null> {
  const server = process.env['EAZEWA_TEST_POSTGRES_URL'];
  if (!server) return null;
  const database = `eazewa_bench_${process.pid}_${name.toLowerCase()}`;
  const admin = postgres(server, { max: 1, onnotice: () => {} });
  await admin.unsafe(`create database ${database}`);
  const url = new URL(server);
  url.pathname = `/${database}`;
  return {
    at: url.href,
    async release() {
      await admin.unsafe(`drop database if exists ${database} with (force)`);
      await admin.end();
    },
  };
}

/** A port of loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return (typeof address === 'object' && address?.port) || 0;
}

async function answers(port: number): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    const socket = connect({ host: '127.0.0.1', port });
    const isUp = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isUp) return true;
    await setTimeout(100);
  }
  return false;
}
