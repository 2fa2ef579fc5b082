import { networkInterfaces } from 'node:os';
import type { Config } from '../config.ts';
import type { AddressPolicy } from './guard-address.ts';

type Settings = Pick<Config, 'host' | 'port' | 'publicUrl' | 'allowWebhookAddresses' | 'allowMediaAddresses'>;

/** Which addresses the settings let us reach, for whom. */
export interface AddressPolicies {
  readonly webhooks: AddressPolicy;
  /** Not those of webhooks: what is read there is sent to whomever the caller chooses. */
  readonly media: AddressPolicy;
  /** The port where we listen, once it is known: with the setting 0 the system chooses it. */
  listensAt(port: number): void;
}

export function addressPolicies(settings: Settings): AddressPolicies {
  const { host, allowWebhookAddresses, allowMediaAddresses } = settings;
  let { port } = settings;
  const policy = (allowedRanges: readonly string[], setting: string): AddressPolicy => ({
    allowLoopback: isForThisMachineOnly(settings),
    allowedRanges,
    setting,
    get ownAddresses() {
      return addressesOf(host).map((address) => ({ address, port }));
    },
  });
  return {
    webhooks: policy(allowWebhookAddresses, 'EAZEWA_ALLOW_WEBHOOK_ADDRESSES'),
    media: policy(allowMediaAddresses, 'EAZEWA_ALLOW_MEDIA_ADDRESSES'),
    listensAt: (chosen) => void (port = chosen),
  };
}

/** Every address that leads to us when we listen on `host`. */
function addressesOf(host: string): string[] {
  if (host === 'localhost') return ['127.0.0.1', '::1'];
  if (host !== '0.0.0.0' && host !== '::') return [host];
  const interfaces = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return [host, ...interfaces.map(({ address }) => address)];
}

/** A server in front may bring callers from elsewhere to a loopback address; the public URL tells of one. */
function isForThisMachineOnly({ host, publicUrl }: Settings): boolean {
  const isPublic = publicUrl !== null && !isLoopback(new URL(publicUrl).hostname.replaceAll(/[[\]]/g, ''));
  return isLoopback(host) && !isPublic;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
