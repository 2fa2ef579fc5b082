import { AsyncLocalStorage } from 'node:async_hooks';
import {
  ALL_WA_PATCH_NAMES,
  type AuthenticationCreds,
  type BaileysEventEmitter,
  type BinaryNode,
  type SignalKeyStoreWithTransaction,
  type WAPatchName,
} from 'baileys';
import { Pauses, type Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { childrenOf } from './message-parts.ts';

export interface SharedSettingsParts {
  readonly instanceId: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Baileys' query for what is new in these collections. */
  readonly fetch: (collections: readonly WAPatchName[]) => Promise<void>;
  readonly isOver: () => boolean;
}

/**
 * When it is asked for what the own devices share: by every connection once it is ready, and when WhatsApp or the phone tell
 * that there is more. What fails is asked for again, after pauses that grow from 10 seconds to 5 minutes, as WhatsApp does not tell
 * it twice. The next connection asks for all.
 *
 * Baileys does it by itself while it takes a history or a notification, and holds up all that comes behind these until there
 * is an answer, a minute each time. So neither of them tells it.
 */
export class SharedSettings {
  readonly #parts: SharedSettingsParts;
  readonly #pauses: Pauses;
  readonly #wanted = new Set<WAPatchName>();
  #hasKeys = false;
  #isReady = false;
  #isFetching = false;

  constructor(parts: SharedSettingsParts) {
    this.#parts = parts;
    this.#pauses = new Pauses(parts.clock);
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

  /** The connection is over, as `isOver` says by now: no pause is left behind. */
  end(): void {
    this.#pauses.endAll();
  }

  #want(collections: readonly WAPatchName[]): void {
    for (const name of collections) this.#wanted.add(name);
    if (this.#isFetching) this.#pauses.endAll();
    else if (this.#isReady && this.#hasKeys) void this.#fetchWanted();
  }

  async #fetchWanted(): Promise<void> {
    const { instanceId, log, fetch, isOver } = this.#parts;
    this.#isFetching = true;
    let pauseMs = pauseMsMin;
    while (this.#wanted.size > 0 && !isOver()) {
      const collections = [...this.#wanted];
      this.#wanted.clear();
      try {
        await fetch(collections);
        pauseMs = pauseMsMin;
      } catch (error) {
        if (isOver()) return;
        for (const name of collections) this.#wanted.add(name);
        log.warn({ instanceId, err: error, pauseMs }, 'What the own devices share could not be fetched yet.');
        await this.#pauses.take(pauseMs);
        pauseMs = Math.min(2 * pauseMs, pauseMsMax);
      }
    }
    this.#isFetching = false;
  }
}

const pauseMsMin = 10_000;
const pauseMsMax = 5 * 60_000;

/** The part of Baileys' socket that fetches the settings. */
export interface FetchesSettings {
  readonly authState: {
    readonly creds: Pick<AuthenticationCreds, 'me'>;
    readonly keys: Pick<SignalKeyStoreWithTransaction, 'transaction'>;
  };
  readonly ev: Pick<BaileysEventEmitter, 'emit'>;
  resyncAppState(collections: readonly WAPatchName[], isInitialSync: boolean): Promise<void>;
}

/**
 * Baileys' query for the settings, without its lock. It asks inside a transaction under the account's own name, for which all
 * messages that are sent wait, and the phone's keys, and with those what comes behind them. The settings are in no other transaction.
 *
 * By itself Baileys asks in the same way for what it could not read, when a key for it comes (`creds.update` in its `chats.js`).
 */
export function fetchApart(socket: FetchesSettings): (collections: readonly WAPatchName[]) => Promise<void> {
  const { authState, ev } = socket;
  const isFetching = new AsyncLocalStorage<true>();
  const transaction = authState.keys.transaction.bind(authState.keys);
  authState.keys.transaction = (work, name) => {
    const isOfSettings = isFetching.getStore() === true && name === authState.creds.me?.id;
    return transaction(work, isOfSettings ? 'shared settings' : name);
  };
  const emit = ev.emit.bind(ev);
  ev.emit = (event, data) => {
    const isKey = event === 'creds.update' && 'myAppStateKeyId' in data;
    return isKey ? isFetching.run(true, () => emit(event, data)) : emit(event, data);
  };
  return (collections) => isFetching.run(true, () => socket.resyncAppState(collections, false));
}
