/**
 * Mends how Baileys reads files from the media server; call it before a connection opens.
 *
 * Baileys pipes the body of an answer into its decryption, and nobody listens to the body's errors: a connection that ends
 * in the middle of a file would end the process. It hands the `dispatcher` of its options to fetch; where that is a
 * `WholeFiles`, the answer comes when the file is here as a whole, and a failure is one of fetch itself.
 */
export function mendFetch(): void {
  if (isMended) return;
  isMended = true;
  const fetchOfNode = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const files: unknown = init?.dispatcher;
    if (!(files instanceof WholeFiles)) return fetchOfNode(input, init);
    const { pathname, search } = new URL(input instanceof Request ? input.url : input);
    return new Response(Buffer.from(await files.fetch(pathname + search)));
  };
}

let isMended = false;

/** Fetches files by path and query, whatever host Baileys names. */
export class WholeFiles {
  readonly fetch: (path: string) => Promise<Uint8Array>;

  constructor(fetch: (path: string) => Promise<Uint8Array>) {
    this.fetch = fetch;
  }

  /** Baileys' `options`, for everything that it reads. */
  get options(): RequestInit {
    return { dispatcher: this } as object;
  }
}
