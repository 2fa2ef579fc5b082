import { AsyncLocalStorage } from 'node:async_hooks';
import {
  ALL_WA_PATCH_NAMES,
  type AuthenticationCreds,
  type BinaryNode,
  type SignalKeyStoreWithTransaction,
  type WAPatchName,
} from 'baileys';
import type { Log } from '../log.ts';
import { childrenOf } from './message-parts.ts';

export interface SharedSettingsParts {
  readonly instanceId: number;
  readonly log: Log;
  /** Baileys' query for what is new in these collections. */
  readonly fetch: (collections: readonly WAPatchName[]) => Promise<void>;
  readonly isOver: () => boolean;
}

/**
 * When it is asked for what the own devices share: by every connection once it is ready, and when WhatsApp or the phone tell
 * that there is more. What fails stays wanted, and the next connection asks for all.
 *
 * Baileys does it by itself while it takes a history or a notification, and holds up all that comes behind these until there
 * is an answer, a minute each time. So neither of them tells it.
 */
export class SharedSettings {
  readonly #parts: SharedSettingsParts;
  readonly #wanted = new Set<WAPatchName>();
  #hasKeys = false;
  #isReady = false;
  #isFetching = false;

  constructor(parts: SharedSettingsParts) {
    this.#parts = parts;
  }

  /** The connection is ready. Without a key of them the settings cannot be read: the phone brings it when it is linked. */
  ready({ myAppStateKeyId }: Pick<AuthenticationCreds, 'myAppStateKeyId'>): void {
    this.#isReady = true;
    if (myAppStateKeyId) this.keysCame();
  }

  /** There is a key, or one more, and with it perhaps what could not be read before. */
  keysCame(): void {
    this.#hasKeys = true;
    this.#want(ALL_WA_PATCH_NAMES);
  }

  /** Sees every stanza of the connection before Baileys does, and takes the names of what has changed out of it. */
  take(stanza: BinaryNode): void {
    if (stanza.tag !== 'notification' || stanza.attrs['type'] !== 'server_sync') return;
    const told = childrenOf(stanza).map(({ attrs }) => attrs['name']);
    this.#want(ALL_WA_PATCH_NAMES.filter((name) => told.includes(name)));
    // Without a name Baileys acknowledges it, and that is all.
    stanza.content = [];
  }

  #want(collections: readonly WAPatchName[]): void {
    for (const name of collections) this.#wanted.add(name);
    if (this.#isReady && this.#hasKeys && !this.#isFetching) void this.#fetchWanted();
  }

  async #fetchWanted(): Promise<void> {
    const { instanceId, log, fetch, isOver } = this.#parts;
    this.#isFetching = true;
    while (this.#wanted.size > 0 && !isOver()) {
      const collections = [...this.#wanted];
      this.#wanted.clear();
      try {
        await fetch(collections);
      } catch (error) {
        if (isOver()) return;
        for (const name of collections) this.#wanted.add(name);
        log.warn({ instanceId, err: error }, 'What the own devices share could not be fetched yet.');
        break;
      }
    }
    this.#isFetching = false;
  }
}

/** The part of Baileys' socket that fetches the settings. */
export interface FetchesSettings {
  readonly authState: { readonly keys: SignalKeyStoreWithTransaction };
  resyncAppState(collections: readonly WAPatchName[], isInitialSync: boolean): Promise<void>;
}

/**
 * Baileys' query for the settings, without its lock. It asks inside a transaction under the account's own name, for which all
 * messages that are sent wait, and the phone's keys, and with those what comes behind them. The settings are in no other transaction.
 */
export function fetchApart(socket: FetchesSettings): (collections: readonly WAPatchName[]) => Promise<void> {
  const { keys } = socket.authState;
  const isFetching = new AsyncLocalStorage<true>();
  const transaction = keys.transaction.bind(keys);
  keys.transaction = (work, name) =>
    transaction(work, isFetching.getStore() === true ? 'shared settings' : name);
  return (collections) => isFetching.run(true, () => socket.resyncAppState(collections, false));
}
