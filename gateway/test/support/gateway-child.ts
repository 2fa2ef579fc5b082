import { fork, type ChildProcess } from 'node:child_process';
import type { ProcessOptions } from './gateway-process.ts';

/** A gateway in a process of its own, to be killed. */
export interface GatewayChild {
  readonly pid: number;
  /** Resolves with its address when it is up; rejects when it ended before. */
  readonly up: Promise<string>;
  /** Resolves when it is gone, by a kill or else. */
  readonly gone: Promise<{ signal: string | null; output: string; at: number }>;
  readonly isGone: () => boolean;
  kill(): void;
  terminate(): void;
}

export function startGatewayChild(options: ProcessOptions): GatewayChild {
  const file = new URL('gateway-process.ts', import.meta.url);
  const child = fork(file, [JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: { PATH: process.env['PATH'] ?? '' },
  });
  const output = collect(child);
  let isGone = false;
  const gone = new Promise<{ signal: string | null; output: string; at: number }>((resolve) => {
    child.once('close', (_code, signal) => {
      isGone = true;
      resolve({ signal, output: output(), at: performance.now() });
    });
  });
  const up = new Promise<string>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { url: string }).url));
    child.once('close', () => reject(new Error(`The gateway ended before it was up.\n${output()}`)));
  });
  up.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    up,
    gone,
    isGone: () => isGone,
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
