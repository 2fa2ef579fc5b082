/** Why the demo ends before its end: somebody pressed Ctrl-C, or something went wrong. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
  readonly byUser: boolean;

  constructor(message: string, byUser = false) {
    super(message);
    this.byUser = byUser;
  }
}

export interface StopSwitch extends Disposable {
  /** Its reason is a `Stopped`. */
  readonly signal: AbortSignal;
  stop(reason: Stopped): void;
  /** The promise's value, or a throw as soon as the demo has to stop. */
  guard<T>(promise: Promise<T>): Promise<T>;
  /** From now on there is no time limit. */
  endLimit(): void;
}

/** Ends the demo on Ctrl-C and its like, when its terminal is gone, and after a time limit. */
export function createStopSwitch(limitMs: number): StopSwitch {
  const controller = new AbortController();
  const { signal } = controller;
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  aborted.catch(() => {}); // whoever guards a promise with it hears of it
  const stop = (reason: Stopped) => controller.abort(reason);
  const limit = setTimeout(() => stop(new Stopped(`it took more than ${limitMs / 1000} seconds`)), limitMs);
  const onSignal = () => stop(new Stopped('it was interrupted', true));
  // They stay for good: one Ctrl-C can arrive more than once, also while everything is being stopped.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  process.stdout.on('error', onSignal);
  return {
    signal,
    stop,
    guard: (promise) => Promise.race([promise, aborted]),
    endLimit: () => clearTimeout(limit),
    [Symbol.dispose]: () => clearTimeout(limit),
  };
}
