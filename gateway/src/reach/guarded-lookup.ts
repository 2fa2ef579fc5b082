import type { LookupFunction } from 'node:net';
import { whyBlocked, whyNameBlocked, type AddressPolicy } from './guard-address.ts';
import { parseAddress } from './ip-address.ts';
import type { ResolveHost } from './resolve-host.ts';

/** An address was refused; the message says why, for the one who gave the URL. */
export class AddressBlocked extends Error {
  override readonly name = 'AddressBlocked';
}

/**
 * What Node's clients dial instead of what the system says: the addresses of a name that the guard has passed, and no
 * other. They are resolved once, so what was checked is what is dialled.
 *
 * An address that stands in the URL itself is never looked up: check it with `checkHost` before.
 */
export function guardedLookup(port: number, policy: AddressPolicy, resolve: ResolveHost): LookupFunction {
  return (host, options, answer) => {
    passedAddresses(host, port, policy, resolve).then(
      (found) => {
        const [first] = found;
        if (options.all === true) answer(null, [...found]);
        else answer(null, first.address, first.family);
      },
      (error: Error) => answer(error, []),
    );
  };
}

interface Found {
  readonly address: string;
  readonly family: number;
}

async function passedAddresses(
  host: string,
  port: number,
  policy: AddressPolicy,
  resolve: ResolveHost,
): Promise<readonly [Found, ...Found[]]> {
  const whyNot = (address: string) => whyNameBlocked(host) ?? whyBlocked(address, port, policy);
  const addresses = await resolve(host);
  const [first, ...others] = addresses
    .filter((address) => whyNot(address) === null)
    .map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  if (first === undefined) throw new AddressBlocked(whyNot(addresses[0] ?? '') ?? `${host} has no address`);
  return [first, ...others];
}

/** @throws AddressBlocked when the host is an address, or a name, that must not be reached. */
export function checkHost(host: string, port: number, policy: AddressPolicy): void {
  const reason = parseAddress(host) === null ? whyNameBlocked(host) : whyBlocked(host, port, policy);
  if (reason !== null) throw new AddressBlocked(reason);
}
