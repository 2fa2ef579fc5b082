import type { Device } from '../account.ts';
import { serverJid } from '../jid.ts';
import type { Network } from '../network.ts';
import { node } from '../stanza/node.ts';
import { Collection } from './collection.ts';

/** The settings that the devices of one account share, as the server keeps them: encrypted, in named collections. */
export class AppState {
  /** A device that has nothing yet gets a snapshot of a collection with more patches than this, and those after it. */
  snapshotAfter = 100;
  readonly #collections = new Map<string, Collection>();

  /** All that have ever been named. */
  get collections(): Collection[] {
    return [...this.#collections.values()];
  }

  collection(name: string): Collection {
    const known = this.#collections.get(name) ?? new Collection(name);
    this.#collections.set(name, known);
    return known;
  }
}

/** Tells the other devices of the account that a collection has changed; they come and fetch the patches. */
export function tellOthers(network: Network, changedBy: Device, { name, version }: Collection): void {
  const attributes = { from: serverJid, type: 'server_sync', id: network.stanzaId(), t: network.now() };
  const news = node('notification', attributes, [node('collection', { name, version: String(version) })]);
  for (const device of changedBy.account.devices.values()) if (device !== changedBy) device.deliver(news);
}
