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
  return (host, options, done) => {
    resolve(host)
      .then((addresses) => {
        const passed = addresses.filter((address) => whyNot(host, address, port, policy) === null);
        const found = passed.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
        const [first] = found;
        if (first === undefined)
          throw new AddressBlocked(whyNot(host, addresses[0] ?? '', port, policy) ?? host);
        if (options.all === true) done(null, found);
        else done(null, first.address, first.family);
      })
      .catch((error: Error) => done(error, []));
  };
}

/** @throws AddressBlocked when the host is an address, or a name, that must not be reached. */
export function checkHost(host: string, port: number, policy: AddressPolicy): void {
  const reason = parseAddress(host) === null ? whyNameBlocked(host) : whyBlocked(host, port, policy);
  if (reason !== null) throw new AddressBlocked(reason);
}

function whyNot(host: string, address: string, port: number, policy: AddressPolicy): string | null {
  return whyNameBlocked(host) ?? whyBlocked(address, port, policy);
}
