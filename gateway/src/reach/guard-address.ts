import {
  embeddedIpv4,
  isInRange,
  knownRange,
  parseAddress,
  parseRange,
  type AddressRange,
} from './ip-address.ts';

/** Which addresses webhooks may lead to. */
export interface AddressPolicy {
  /** True only while the gateway itself is reached on loopback alone: then nobody but this machine can ask for it. */
  readonly allowLoopback: boolean;
  /** Ranges that the operator allows (`10.1.0.0/16`, `fd00::/8`, `192.168.1.5`). */
  readonly allowedRanges: readonly string[];
  /** The name of the setting that holds `allowedRanges`, for refusals. */
  readonly setting: string;
  /** Where the gateway itself listens; never a target. For a wildcard (`0.0.0.0`, `::`) give the interfaces' too. */
  readonly ownAddresses: readonly { readonly address: string; readonly port: number }[];
}

/** Why the gateway must not connect to an address and port, in plain words; null when it may. */
export function whyBlocked(address: string, port: number, policy: AddressPolicy): string | null {
  const bytes = parseAddress(address);
  if (bytes === null) return `${address} is not an IP address`;
  const forms = [bytes, ...embeddedIpv4(bytes)];
  if (forms.some((form) => metadataAddresses.some((range) => isInRange(form, range)))) {
    return `${address} is a cloud's metadata service, which is never allowed`;
  }
  if (forms.some((form) => isOwn(form, port, policy))) {
    return `${address}:${port} is the gateway itself, which is never allowed`;
  }
  const allowed = policy.allowedRanges.map(parseRange).filter((range) => range !== null);
  const isFree = (form: Uint8Array) =>
    isInSome(form, allowed) || (policy.allowLoopback && isInSome(form, loopback)) || !isInSome(form, blocked);
  if (isInSome(bytes, allowed) || targetsOf(bytes).every(isFree)) return null;
  return `${address} is not a public address; ${policy.setting} can allow it`;
}

/** The same for a host by its name, wherever that leads. */
export function whyNameBlocked(host: string): string | null {
  const isMetadata = metadataNames.includes(host.toLowerCase().replace(/\.$/, ''));
  return isMetadata ? "it is a cloud's metadata service, which is never allowed" : null;
}

/**
 * Whether what an address answers must stay unseen: it is not public, only a range allows it, and others than the
 * people of this machine can set webhooks. `addressOf` is only asked when it matters.
 */
export function isPrivate(addressOf: () => string, { allowLoopback, allowedRanges }: AddressPolicy): boolean {
  if (allowLoopback || allowedRanges.length === 0) return false;
  const bytes = parseAddress(addressOf());
  return bytes === null || targetsOf(bytes).some((target) => isInSome(target, blocked));
}

/** Whether the gateway must not connect to an address and port. */
export function isBlocked(address: string, port: number, policy: AddressPolicy): boolean {
  return whyBlocked(address, port, policy) !== null;
}

const urlCharactersMax = 2048;

/**
 * What is wrong with a URL that others give, for the one who gave it; null when it may be called, as far as its text tells.
 * What a name leads to is checked at each connect, on the address that is dialled.
 */
export function urlProblem(text: string, policy: AddressPolicy): string | null {
  if (text.length > urlCharactersMax) return `The URL is longer than ${urlCharactersMax} characters.`;
  // WHATWG URL drops or rewrites these without a word: what is stored must be what is called.
  if (/[\0-\x20\x7f\\]/.test(text)) return 'The URL contains a space, a control character or a backslash.';
  const url = URL.parse(text);
  if (url === null) return 'This is not a valid URL.';
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return 'The URL must begin with http:// or https://.';
  if (!/^https?:\/\//i.test(text)) return 'The URL must begin with http:// or https://.';
  if (/^[^/]*\/{3}/.test(text)) return 'This is not a valid URL.';
  if (url.username !== '' || url.password !== '' || /^[^/]*\/\/[^/?#]*@/.test(text)) {
    return 'The URL must not contain a user name or password.';
  }
  if (url.port === '0') return 'The URL has no usable port.';
  const blocked = whyHostBlocked(url, policy);
  return blocked === null ? null : `The URL leads to ${url.hostname}: ${blocked}.`;
}

function whyHostBlocked(url: URL, policy: AddressPolicy): string | null {
  const host = url.hostname.replace(/\.$/, '');
  const port = Number(url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port);
  const ofName = whyNameBlocked(host);
  if (ofName !== null) return ofName;
  if (host === 'localhost' || host.endsWith('.localhost')) return whyBlocked('127.0.0.1', port, policy);
  return parseAddress(host) === null ? null : whyBlocked(host, port, policy);
}

const metadataNames = ['metadata.google.internal', 'metadata.goog', 'instance-data.ec2.internal'];
/** Who asks these gets keys. One of them, Azure's, is a public address by its number. */
const metadataAddresses = [
  '169.254.169.254', // AWS, Azure, Google and most others
  'fd00:ec2::254',
  'fd20:ce::254',
  '169.254.170.2', // AWS: roles of containers
  '169.254.170.23',
  'fd00:ec2::23',
  '168.63.129.16', // Azure's WireServer
  '100.100.100.200', // Alibaba
].map(knownRange);

const loopback = ['127.0.0.0/8', '::1'].map(knownRange);
const unspecified = ['0.0.0.0', '::'].map(knownRange);

/** Everything that is not a public unicast address (IANA special-purpose registries). */
const blocked = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  '::1/128',
  '64:ff9b:1::/48',
  'fe80::/10',
  'fec0::/10',
  'fc00::/7',
  'ff00::/8',
  '2001:db8::/32',
  '3fff::/20',
  '100::/64',
  '5f00::/16',
].map(knownRange);

function isInSome(address: Uint8Array, ranges: readonly AddressRange[]): boolean {
  return ranges.some((range) => isInRange(address, range));
}

/** Of an address that carries others, those carried are the target. */
function targetsOf(bytes: Uint8Array): readonly Uint8Array[] {
  const carried = embeddedIpv4(bytes);
  return carried.length > 0 && !isInRange(bytes, localNat64) ? carried : [bytes, ...carried];
}

/** A network chooses itself where in such an address the other one is (RFC 8215). */
const localNat64 = knownRange('64:ff9b:1::/48');

/** Who listens on the wildcard is reached by loopback, and by "this host" (0.0.0.0) as well. */
function isOwn(form: Uint8Array, port: number, { ownAddresses }: AddressPolicy): boolean {
  return ownAddresses.some((own) => {
    const bytes = parseAddress(own.address);
    if (own.port !== port || bytes === null) return false;
    const isSelf = isInSome(form, loopback) || isInSome(form, unspecified);
    return isInSome(bytes, unspecified) || isInSome(bytes, loopback)
      ? isSelf
      : isInRange(form, { bytes, bits: bytes.length * 8 });
  });
}
