import type { Instance } from './instance.ts';

/** What the API can ask of instances. All calls with an unknown id throw `not_found`. */
export interface Instances {
  /** `prepare` is awaited before the instance starts: whoever is to hear its first events is stored by then. */
  create(settings: InstanceSettings, prepare?: (instance: Instance) => Promise<unknown>): Promise<Instance>;
  /** By id, oldest first; `filter` matches an id exactly or a part of a name. */
  list(filter?: string): Promise<Instance[]>;
  get(id: number): Promise<Instance>;
  rename(id: number, name: string): Promise<Instance>;
  /** Closes the connection and removes everything that belongs to the instance, waiting deliveries included. */
  remove(id: number): Promise<void>;
  /** The QR code to scan, as WhatsApp gives it; null unless the state is `qr`. */
  qr(id: number): Promise<string | null>;
  /** Unlinks the number. @throws action_failed when it is not linked. */
  logout(id: number): Promise<void>;
  /** Closes the connection and opens a new one, also after a final disconnect. */
  reboot(id: number): Promise<void>;
  /** An eight-character code for the phone. `phone` is digits only. @throws action_failed unless the state is `qr`. */
  requestPairingCode(id: number, phone: string): Promise<string>;
}

export interface InstanceSettings {
  readonly name?: string;
}
