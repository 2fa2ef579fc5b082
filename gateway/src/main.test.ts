import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const startFile = fileURLToPath(new URL('../start.mjs', import.meta.url));
const scripts = fileURLToPath(new URL('../../scripts', import.meta.url));
const tokenPattern = /ezw_[A-Za-z0-9_-]{43}/g;

test('the first start shows a new admin token once, on standard output, and it opens the API', async (t) => {
  const folder = await makeFolder(t);
  const first = run(t, folder);
  const url = await first.isUp();
  await first.says('The admin token');
  const [token = '', ...others] = first.output().match(tokenPattern) ?? [];
  assert.equal(others.length, 0);
  const answer = await fetch(`${url}/api/v1/instances`, { headers: { authorization: `Bearer ${token}` } });
  assert.deepEqual(await answer.json(), { instances: [], status: 'success' });
  await first.stop('SIGTERM', 0);

  const second = run(t, folder);
  await second.isUp();
  await second.stop('SIGINT', 0);
  assert.equal(second.output().match(tokenPattern), null);
});

test('what the gateway writes can be read by its owner only', async (t) => {
  const folder = await makeFolder(t);
  const gateway = run(t, folder);
  await gateway.isUp();
  for (const name of ['', 'eazewa.db', 'secret.key']) {
    const { mode } = await stat(join(folder, 'data', name));
    assert.equal(mode & 0o077, 0, name);
  }
  await gateway.stop('SIGTERM', 0);
});

test('a wrong setting is told in one plain line, also when it stands in .env', async (t) => {
  const folder = await makeFolder(t);
  await writeFile(join(folder, '.env'), 'EAZEWA_PROT=3000\n');
  const gateway = run(t, folder);
  assert.equal(await gateway.ends(), 1);
  const line = 'eazeWA cannot start: unknown setting EAZEWA_PROT, did you mean EAZEWA_PORT?\n';
  assert.equal(gateway.output(), line);
});

test('an operator webhook that leads to the gateway itself is told in one plain line', async (t) => {
  const gateway = run(t, await makeFolder(t), {
    EAZEWA_PORT: '47123',
    EAZEWA_OPERATOR_WEBHOOK_URL: 'http://localhost:47123/secret',
  });
  assert.equal(await gateway.ends(), 1);
  assert.equal(
    gateway.output(),
    'eazeWA cannot start: EAZEWA_OPERATOR_WEBHOOK_URL cannot be used. The URL leads to localhost: ' +
      '127.0.0.1:47123 is the gateway itself, which is never allowed.\n',
  );
});

test('behind a server for others, webhooks on this machine are not allowed unless a setting does so', async (t) => {
  const folder = await makeFolder(t);
  const env = {
    EAZEWA_PUBLIC_URL: 'https://wa.example.com',
    EAZEWA_OPERATOR_WEBHOOK_URL: 'http://127.0.0.1:9/secret',
  };
  const refused = run(t, folder, env);
  assert.equal(await refused.ends(), 1);
  assert.match(refused.output(), /127\.0\.0\.1 is not a public address; EAZEWA_ALLOW_WEBHOOK_ADDRESSES can/);
  const allowed = run(t, folder, { ...env, EAZEWA_ALLOW_WEBHOOK_ADDRESSES: '127.0.0.1' });
  await allowed.isUp();
  await allowed.stop('SIGTERM', 0);
});

test('a port that is in use is told in one plain line', async (t) => {
  const one = run(t, await makeFolder(t));
  const { port } = new URL(await one.isUp());
  const other = run(t, await makeFolder(t), { EAZEWA_PORT: port, EAZEWA_LOG_LEVEL: 'silent' });
  assert.equal(await other.ends(), 1);
  assert.equal(
    other.output(),
    `eazeWA cannot start: Port ${port} is in use. Stop the program that has it, or choose another EAZEWA_PORT.\n`,
  );
  await one.stop('SIGTERM', 0);
});

test('a second signal ends at once what waits for a slow caller', async (t) => {
  const gateway = run(t, await makeFolder(t));
  const { port } = new URL(await gateway.isUp());
  const slowCaller = connect(Number(port), '127.0.0.1');
  t.after(() => slowCaller.destroy());
  slowCaller.on('error', () => {});
  await once(slowCaller, 'connect');
  slowCaller.write('POST /api/v1/instances HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf');
  // Its connection was taken before this one's was.
  await fetch(`http://127.0.0.1:${port}/api/ping`, { headers: { connection: 'close' } });
  const pressing = setInterval(() => gateway.signal('SIGTERM'), 300);
  t.after(() => clearInterval(pressing));
  assert.equal(await gateway.ends(), 1);
});

test('a Node that is too old hands over to the one that npm installed, with signals and exit code', async (t) => {
  const old = pretendNode('20.11.1');
  const gateway = run(t, await makeFolder(t), {}, old);
  await gateway.isUp();
  await gateway.stop('SIGTERM', 0);
  const wrong = run(t, await makeFolder(t), { EAZEWA_PORT: 'x' }, old);
  assert.equal(await wrong.ends(), 1);
  assert.match(wrong.output(), /^eazeWA cannot start: EAZEWA_PORT must be [^\n]*\n$/);
});

test('an old Node alone is told what to do in one plain line', async (t) => {
  const folder = await makeFolder(t);
  const alone = join(folder, 'gateway', 'start.mjs');
  await cp(startFile, alone);
  await cp(scripts, join(folder, 'scripts'), { recursive: true });
  const gateway = run(t, folder, {}, pretendNode('20.11.1'), alone);
  assert.equal(await gateway.ends(), 1);
  assert.match(
    gateway.output(),
    /^eazeWA cannot start: it needs Node 24, and this is Node 20\.11\.1\. Run "npm install"[^\n]*\n$/,
  );
});

async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'eazewa-main-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Node options that make a program believe it runs on another version. */
function pretendNode(version: string): string[] {
  const lie = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  return ['--import', `data:text/javascript,${encodeURIComponent(lie)}`];
}

function run(
  t: TestContext,
  folder: string,
  env: Record<string, string> = {},
  options: string[] = [],
  file = startFile,
) {
  const child: ChildProcess = spawn(process.execPath, [...options, file], {
    cwd: folder,
    env: { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], EAZEWA_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const heard = new Set<() => void>();
  const hear = (bytes: Buffer) => {
    output += bytes.toString();
    for (const look of heard) look();
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  const ended = once(child, 'close');
  t.after(() => child.kill('SIGKILL'));

  async function says(pattern: RegExp | string): Promise<void> {
    const said = Promise.withResolvers<void>();
    const look = () =>
      (typeof pattern === 'string' ? output.includes(pattern) : pattern.test(output)) && said.resolve();
    heard.add(look);
    look();
    await Promise.race([
      said.promise,
      ended.then(() => assert.fail(`it ended and never said ${pattern}: ${output}`)),
    ]);
  }

  async function ends(): Promise<unknown> {
    const [code]: unknown[] = await ended;
    return code;
  }

  return {
    output: () => output,
    says,
    ends,
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    async isUp(): Promise<string> {
      const up = /"url":"(http:[^"]+)"/;
      await says(up);
      return up.exec(output)?.[1] ?? '';
    },
    async stop(signal: NodeJS.Signals, code: number): Promise<void> {
      child.kill(signal);
      assert.equal(await ends(), code, output);
    },
  };
}
