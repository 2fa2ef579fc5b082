import type { Device } from '../account.ts';
import { findAccount } from '../find-account.ts';
import type { Who } from '../find-account.ts';
import { tellNumberChange } from '../group/joins.ts';
import type { Network } from '../network.ts';
import type { PhoneSettings } from './settings.ts';
import { SimulatorError } from '../simulator-error.ts';
import { setAbout, setBlocked, setPicture } from '../profiles.ts';

interface ProfileDependencies {
  readonly phone: Device;
  readonly network: Network;
  readonly settings: PhoneSettings;
  /** Throws when the handset has no network. */
  readonly checkOnline: () => void;
}

/** What a handset shows of its account, and whom it blocks. Every change throws `phone_offline`. */
export class PhoneProfile {
  readonly #phone: Device;
  readonly #network: Network;
  readonly #settings: PhoneSettings;
  readonly #checkOnline: () => void;

  constructor({ phone, network, settings, checkOnline }: ProfileDependencies) {
    this.#phone = phone;
    this.#network = network;
    this.#settings = settings;
    this.#checkOnline = checkOnline;
  }

  /** The text below the name. */
  get about(): string {
    return this.#phone.account.about?.text ?? '';
  }

  get picture(): Uint8Array | undefined {
    return this.#phone.account.picture?.bytes;
  }

  /** Phone numbers. */
  get blocked(): string[] {
    return [...this.#phone.account.blocked].map(({ number }) => number);
  }

  /** The name that later messages carry; companions learn it as a shared setting. */
  rename(name: string): void {
    this.#checkOnline();
    this.#phone.account.name = name;
    const value = { timestamp: Date.now(), pushNameSetting: { name } };
    this.#settings.patch('critical_block', [{ index: ['setting_pushName'], value, version: 1 }]);
  }

  setAbout(text: string): void {
    this.#checkOnline();
    setAbout(this.#network, this.#phone, text);
  }

  /** A JPEG; null removes the picture. */
  setPicture(picture: Uint8Array | null): void {
    this.#checkOnline();
    setPicture(this.#network, this.#phone, picture);
  }

  /** What somebody sends does not arrive any more, outside of groups. Throws `unknown_phone`. */
  block(who: Who): void {
    this.#checkOnline();
    setBlocked(this.#network, this.#phone, findAccount(this.#network.directory, who), true);
  }

  unblock(who: Who): void {
    this.#checkOnline();
    setBlocked(this.#network, this.#phone, findAccount(this.#network.directory, who), false);
  }

  /** Another phone number; the groups are told. Throws `number_taken`, and `invalid_request` while clients are linked. */
  changeNumber(number: string): void {
    this.#checkOnline();
    const { account } = this.#phone;
    if ([...account.devices.values()].some((device) => device !== this.#phone))
      throw new SimulatorError('invalid_request', 'A phone with linked devices keeps its number.');
    this.#network.directory.renumber(account, number);
    tellNumberChange(this.#network, account);
  }
}
