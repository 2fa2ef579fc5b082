import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a child process can be asked: one argument and one answer each, as JSON. */
export type Verbs = Record<string, (argument: never) => unknown>;

/** A part of a benchmark in a process of its own, so that its CPU and memory are its own. */
export interface Child<V extends Verbs> {
  ask<Verb extends keyof V & string>(
    verb: Verb,
    argument: Parameters<V[Verb]>[0],
  ): Promise<Awaited<ReturnType<V[Verb]>>>;
  /** Hears what the child tells by itself, with `tell`. */
  on(notice: string, listener: (value: unknown) => void): void;
  /** Resolves when the process is gone. */
  stop(): Promise<void>;
  /** The same, with SIGKILL: it can do nothing more. */
  kill(): Promise<void>;
}

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/** Starts the file beside this one, which calls `answer` with the same verbs. It ends with us, however we end. */
export function startChild<V extends Verbs>(
  file: string,
  execArgv: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Child<V> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    env: { ...process.env, ...env },
    execArgv: ['--disable-warning=ExperimentalWarning', ...execArgv],
    // Standard output belongs to the table: what Baileys and the gateway print there is not part of it.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, Waiting>();
  const listeners = new Map<string, (value: unknown) => void>();
  let lastId = 0;
  let isStopping = false;
  const failAll = (error: Error) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  child.on('message', (message) => {
    const { id, answer, problem, notice, value } = message as FromChild;
    if (notice !== undefined) listeners.get(notice)?.(value);
    if (id === undefined) return;
    const asked = waiting.get(id);
    waiting.delete(id);
    if (problem === undefined) asked?.resolve(answer as never);
    else asked?.reject(new Error(`${file}: ${problem}`));
  });
  child.on('exit', (code, signal) => {
    failAll(new Error(`${file} ended (${signal ?? code}).`));
    if (!isStopping) listeners.get('gone')?.(code);
  });
  return {
    ask(verb, argument) {
      return new Promise((resolve, reject) => {
        waiting.set(++lastId, { resolve, reject });
        if (child.connected) child.send({ id: lastId, verb, argument });
        else failAll(new Error(`${file} has ended.`));
      });
    },
    on: (notice, listener) => void listeners.set(notice, listener),
    async stop() {
      isStopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      if (child.connected) child.disconnect();
      await gone;
    },
    async kill() {
      isStopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

interface FromChild {
  readonly id?: number;
  readonly answer?: unknown;
  readonly problem?: string;
  readonly notice?: string;
  readonly value?: unknown;
}

/** The child's half: answers what it is asked, and ends when its parent is gone or has no more need of it. */
export function answer(verbs: Verbs): void {
  process.on('message', (message) => void answerOne(message as Question, verbs));
  process.on('disconnect', () => process.exit());
}

interface Question {
  readonly id: number;
  readonly verb: string;
  readonly argument: never;
}

async function answerOne({ id, verb, argument }: Question, verbs: Verbs): Promise<void> {
  try {
    process.send?.({ id, answer: await verbs[verb]?.(argument) });
  } catch (error) {
    process.send?.({ id, problem: error instanceof Error ? error.message : String(error) });
  }
}

/** Tells the parent something that it has not asked for. */
export function tell(notice: string, value: unknown): void {
  process.send?.({ notice, value });
}
