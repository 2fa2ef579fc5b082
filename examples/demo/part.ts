import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface PartOptions {
  /** As it is called towards people: "The gateway". */
  readonly name: string;
  /** The program, a path. */
  readonly file: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Gets each line of its output, standard error included. */
  readonly onLine: (line: string) => void;
  /** Told when it ends although nobody stopped it. */
  readonly onLost: (problem: string) => void;
}

/** One program of the demo, in a process of its own. */
export class Part implements AsyncDisposable {
  readonly #options: PartOptions;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #readers = new Set<(line: string) => void>();
  #lastError = '';
  #isStopping = false;

  constructor(options: PartOptions) {
    this.#options = options;
    this.#child = spawn(process.execPath, [...nodeOptions, options.file], {
      cwd: options.folder,
      env: { ...ownEnvironment(), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // In a group of its own: a Ctrl-C reaches the demo alone, which then stops its parts in order.
      detached: true,
      windowsHide: true,
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => this.#lost(error.message, resolve));
      this.#child.once('close', (code, signal) => {
        this.#lost(this.#lastError || (signal ?? `exit code ${code}`), resolve);
      });
    });
    const { stdout, stderr } = this.#child;
    if (stdout) this.#read(stdout, () => {});
    if (stderr) this.#read(stderr, (line) => this.#noteError(line));
  }

  /** What `find` makes of the first line for which it is not null. */
  waitForLine<T>(find: (line: string) => T | null, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const read = (line: string) => {
        const found = find(line);
        if (found === null) return;
        this.#readers.delete(read);
        resolve(found);
      };
      this.#readers.add(read);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      if (signal.aborted) reject(signal.reason);
    });
  }

  /** Lets it finish what is under way; after 5 seconds it is killed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    this.#child.kill('SIGTERM');
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await this.#ended;
    clearTimeout(kill);
  }

  #read(output: Readable, note: (line: string) => void): void {
    createInterface({ input: output }).on('line', (line) => {
      note(line);
      for (const read of this.#readers) read(line);
      this.#options.onLine(line);
    });
  }

  /** The last line that says something: not code, not a place in a stack, not Node's version. */
  #noteError(line: string): void {
    if (/^[A-Za-z]/.test(line) && !line.startsWith('Node.js v')) this.#lastError = line;
  }

  #lost(reason: string, resolve: () => void): void {
    if (!this.#isStopping) this.#options.onLost(`${this.#options.name} has ended: ${reason}`);
    resolve();
  }
}

const nodeOptions = [
  '--disable-warning=ExperimentalWarning',
  '--import',
  new URL('../../scripts/end-with-parent.mjs', import.meta.url).href,
];

/** Without settings of a gateway that somebody runs for real: the demo must never reach its database. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('EAZEWA_')));
}
