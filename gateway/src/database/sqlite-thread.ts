import { Worker } from 'node:worker_threads';
import { DataError, StoreFailure } from './database.ts';
import type { PackedResults, Reply, Request } from './sqlite-messages.ts';

interface Waiting {
  readonly resolve: (results: PackedResults | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** One worker thread with one connection, from the outside. After a `StoreFailure` it is gone. */
export class SqliteThread {
  readonly #worker: Worker;
  /** In the order of the requests, which is the order of the replies. */
  readonly #waiting: Waiting[] = [];
  #failure: StoreFailure | undefined;
  /** Resolves when the thread has ended and the file is closed. */
  readonly ended: Promise<void>;
  /** Rejects with a StoreFailure when the file cannot be opened. */
  readonly ready: Promise<unknown>;

  constructor(path: string) {
    this.#worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), {
      name: 'sqlite',
      workerData: { path },
    });
    this.ready = this.#wait();
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    this.#worker.on('error', (error) =>
      this.#fail(new StoreFailure(`The database thread ended: ${error.message}`)),
    );
    this.ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#fail(new StoreFailure('The database thread has ended.'));
        resolve();
      });
    });
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** @throws DataError when a read is at fault, StoreFailure when the store is. */
  request(request: Request): Promise<PackedResults | undefined> {
    if (this.#failure) return Promise.reject(this.#failure);
    const bytes = request.kind === 'close' ? [] : [request.packed.values.bytes.buffer];
    this.#worker.postMessage(request, bytes);
    return this.#wait();
  }

  /** The thread keeps the process alive only while somebody waits for it. */
  #wait(): Promise<PackedResults | undefined> {
    if (this.#waiting.length === 0) this.#worker.ref();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #settle(reply: Reply): void {
    if (reply.kind === 'store-failure') {
      this.#fail(new StoreFailure(reply.message));
      return;
    }
    const first = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#worker.unref();
    if (reply.kind === 'done') first?.resolve(reply.results);
    else first?.reject(new DataError(reply.message));
  }

  #fail(failure: StoreFailure): void {
    this.#failure ??= failure;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}
