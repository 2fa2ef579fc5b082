import { randomInt } from 'node:crypto';
import { Account } from './account.ts';
import type { Device } from './account.ts';
import { parseJid } from './jid.ts';
import { SimulatorError } from './simulator-error.ts';

export interface AccountDetails {
  name: string;
  /** Digits with country code, `+` and spaces allowed; made up when left out. */
  number?: string;
  /** Digits; made up when left out. */
  lid?: string;
}

/** All accounts, found by phone number, by LID and by either kind of jid. */
export class Directory {
  readonly #byNumber = new Map<string, Account>();
  readonly #byLid = new Map<string, Account>();
  #nextNumber = 4_917_000_000_001;

  /** Throws `invalid_request` for a number that is none, and `number_taken` for one that is in use. */
  add(details: AccountDetails): Account {
    const number = details.number === undefined ? this.#freeNumber() : digitsOf(details.number);
    const lid = details.lid === undefined ? this.#freeLid() : digitsOf(details.lid);
    if (this.#byNumber.has(number))
      throw new SimulatorError('number_taken', `There is a phone ${number} already.`);
    if (this.#byLid.has(lid))
      throw new SimulatorError('number_taken', `There is a phone with LID ${lid} already.`);
    const account = new Account({ number, lid, name: details.name });
    this.#byNumber.set(number, account);
    this.#byLid.set(lid, account);
    return account;
  }

  /** Gives an account another number. Throws `invalid_request`, `number_taken`. */
  renumber(account: Account, number: string): void {
    const digits = digitsOf(number);
    if (this.#byNumber.has(digits))
      throw new SimulatorError('number_taken', `There is a phone ${digits} already.`);
    this.#byNumber.delete(account.number);
    account.takeNumber(digits);
    this.#byNumber.set(digits, account);
  }

  all(): Account[] {
    return [...this.#byNumber.values()];
  }

  /** By phone number, with or without `+`. */
  withNumber(number: string): Account | undefined {
    return this.#byNumber.get(number.replaceAll(/[^\d]/g, ''));
  }

  /** By jid; the device in it does not matter. */
  withJid(jid: string | undefined): Account | undefined {
    const parsed = parseJid(jid);
    if (!parsed) return undefined;
    return (parsed.addressing === 'pn' ? this.#byNumber : this.#byLid).get(parsed.user);
  }

  /** By phone number or jid. */
  find(numberOrJid: string): Account | undefined {
    return (
      this.withJid(numberOrJid) ?? (numberOrJid.includes('@') ? undefined : this.withNumber(numberOrJid))
    );
  }

  /** The device that a jid names; without a device in it that is the handset. */
  device(jid: string | undefined): Device | undefined {
    return this.withJid(jid)?.devices.get(parseJid(jid)?.device ?? 0);
  }

  #freeNumber(): string {
    while (this.#byNumber.has(String(this.#nextNumber))) this.#nextNumber++;
    return String(this.#nextNumber++);
  }

  #freeLid(): string {
    const lid = `${randomInt(1, 1_000_000)}${String(randomInt(0, 1_000_000_000)).padStart(9, '0')}`;
    return this.#byLid.has(lid) ? this.#freeLid() : lid;
  }
}

function digitsOf(text: string): string {
  const digits = text.replaceAll(/[\s+()-]/g, '');
  if (/^\d{5,20}$/.test(digits)) return digits;
  throw new SimulatorError('invalid_request', `"${text}" is no phone number: 5 to 20 digits are needed.`);
}
