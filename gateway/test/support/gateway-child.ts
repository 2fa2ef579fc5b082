import { fork, type ChildProcess } from 'node:child_process';
import type { Change, ProcessOptions } from './gateway-process.ts';

/** How a process ended. */
export interface Gone {
  readonly signal: string | null;
  /** The last of what it wrote. */
  readonly output: string;
}

/** A gateway in a process of its own, to be killed. */
export interface GatewayChild {
  readonly pid: number;
  /** Resolves with its address when it is up; rejects when it ended before. */
  readonly up: Promise<string>;
  /** Resolves when it is gone, by a kill or else. */
  readonly gone: Promise<Gone>;
  readonly isGone: () => boolean;
  /** Resolves when the process has taken the change, or is gone. */
  change(change: Change): Promise<void>;
  kill(): void;
  terminate(): void;
}

export function startGatewayChild(options: ProcessOptions): GatewayChild {
  const file = new URL('gateway-process.ts', import.meta.url);
  const child = fork(file, [JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: inherited('PATH', 'NODE_COMPILE_CACHE'),
  });
  const output = collect(child);
  const changes = new Map<number, () => void>();
  let lastChange = 0;
  let isGone = false;
  const gone = new Promise<Gone>((resolve) => {
    child.once('close', (_code, signal) => {
      isGone = true;
      for (const taken of changes.values()) taken();
      resolve({ signal, output: output() });
    });
  });
  const up = new Promise<string>((resolve, reject) => {
    child.on('message', (message) => {
      const { url, changed } = message as { readonly url?: string; readonly changed?: number };
      if (url !== undefined) resolve(url);
      if (changed !== undefined) changes.get(changed)?.();
    });
    child.once('close', () => reject(new Error(`The gateway ended before it was up.\n${output()}`)));
  });
  up.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    up,
    gone,
    isGone: () => isGone,
    async change(change) {
      if (isGone || !child.connected) return;
      const id = ++lastChange;
      const taken = new Promise<void>((resolve) => changes.set(id, resolve));
      // A process that is killed meanwhile is heard of by its end.
      child.send({ id, change }, () => undefined);
      await taken;
      changes.delete(id);
    },
    kill: () => void child.kill('SIGKILL'),
    terminate: () => void child.kill('SIGTERM'),
  };
}

/** The last of what the process wrote. */
function collect(child: ChildProcess): () => string {
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      chunks.push(chunk.toString());
      if (chunks.length > 500) chunks.shift();
    });
  }
  return () => chunks.join('');
}

/** What the child has of our environment. */
function inherited(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
