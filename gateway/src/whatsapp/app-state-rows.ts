import type { BinaryNode, LTHashState, SignalDataSet, SignalKeyStore } from 'baileys';
import type { AppStateChange } from '../events/translation.ts';
import type { InstanceInbox } from '../inbox/instance-inbox.ts';
import type { Blobs } from '../media/blobs.ts';
import { AppStateChanges } from './app-state-changes.ts';
import type { Alongside } from './key-store.ts';

/** Makes inbox rows of the changes of what the own devices share, committed together with the collection's version. */
export class AppStateRows {
  readonly #inbox: InstanceInbox;
  readonly #changes: AppStateChanges;

  constructor(
    inbox: InstanceInbox,
    parts: { readonly blobs: Pick<Blobs, 'read'>; readonly linkedAt: number },
  ) {
    this.#inbox = inbox;
    this.#changes = new AppStateChanges(parts);
  }

  /** Sees every stanza of the connection. */
  take(stanza: BinaryNode): void {
    this.#changes.take(stanza);
  }

  /**
   * The rows that go with values which Baileys is about to store; null when they have no version of a collection.
   *
   * @throws Error when the changes cannot be read: then the version is not stored either, and Baileys asks again.
   */
  alongside(data: SignalDataSet, keys: Pick<SignalKeyStore, 'get'>): Promise<Alongside> | null {
    const versions = data['app-state-sync-version'];
    return versions === undefined ? null : this.#rowsFor(versions, keys);
  }

  async #rowsFor(
    versions: NonNullable<SignalDataSet['app-state-sync-version']>,
    keys: Pick<SignalKeyStore, 'get'>,
  ): Promise<Alongside> {
    const names = Object.keys(versions);
    const before = await keys.get('app-state-sync-version', names);
    const findKey = async (id: string) => (await keys.get('app-state-sync-key', [id]))[id];
    const changes: AppStateChange[] = [];
    for (const name of names) {
      const after: LTHashState | null | undefined = versions[name];
      if (!after) continue;
      changes.push(...(await this.#changes.between(name, before[name], after, findKey)));
    }
    return { statements: () => changes.map((change) => this.#rowOf(change)), written: this.#inbox.kick };
  }

  #rowOf(change: AppStateChange) {
    const { vault } = this.#inbox.parts;
    return this.#inbox.nextRow({
      kind: 'app-state',
      stanza: null,
      plaintext: vault.seal(Buffer.from(JSON.stringify(change))),
    });
  }
}
