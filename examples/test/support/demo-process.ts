import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Starts the demo as `npm run demo` does. Disposed of, it is killed. */
export async function startDemo(args: readonly string[]): Promise<DemoProcess> {
  return new DemoProcess(args, await mkdtemp(join(tmpdir(), 'eazewa-test-')));
}

export class DemoProcess implements AsyncDisposable {
  /** Where it makes its temporary files. */
  readonly folder: string;
  /** What it has printed so far, errors not included. */
  output = '';
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #errors = '';
  #onOutput = Promise.withResolvers<void>();

  constructor(args: readonly string[], folder: string) {
    this.folder = folder;
    this.#child = spawn(process.execPath, [startFile, ...args], {
      env: { ...process.env, TMPDIR: folder, TEMP: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#closed = once(this.#child, 'close');
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
      this.#onOutput.resolve();
      this.#onOutput = Promise.withResolvers();
    });
  }

  /** Resolves when what it has printed matches; throws when it ends before. */
  async prints(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.output)) {
      const isOver = await Promise.race([
        this.#onOutput.promise.then(() => false),
        this.#closed.then(() => true),
      ]);
      if (isOver && !pattern.test(this.output)) {
        throw new Error(`The demo ended without printing ${pattern}: ${this.output}\n${this.#errors}`);
      }
    }
  }

  /** Runs a line as a shell would; the result is what it prints. */
  async paste(line = ''): Promise<string> {
    const { stdout } = await promisify(execFile)('sh', ['-c', line]);
    return stdout;
  }

  /** Every address that it has told, and those of the programs that only say their port. */
  urls(): string[] {
    const ports = [...this.output.matchAll(/127\.0\.0\.1:(\d+)|on port (\d+)/g)].map(([, a, b]) => a ?? b);
    return [...new Set(ports)].map((port) => `http://127.0.0.1:${port}`);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Resolves when it and its output have ended. */
  async end(): Promise<{ code: number | null; errors: string }> {
    await this.#closed;
    return { code: this.#child.exitCode, errors: this.#errors };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const startFile = fileURLToPath(new URL('../../start.mjs', import.meta.url));

/** Whether anybody listens there. */
export function isReachable(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
