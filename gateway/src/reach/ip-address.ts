/** An address as its bytes: 4 for IPv4, 16 for IPv6; null when the text is not an address. A zone (`%eth0`) is ignored. */
export function parseAddress(text: string): Uint8Array | null {
  const plain = text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  return plain.includes(':') ? parseIpv6(plain) : parseIpv4(plain);
}

/** A block of addresses: those whose first `bits` bits are those of `bytes`. */
export interface AddressRange {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** `10.0.0.0/8`, `fd00::/8`, or one address; null when the text is neither. */
export function parseRange(text: string): AddressRange | null {
  const [address = '', length, ...rest] = text.trim().split('/');
  const bytes = parseAddress(address);
  if (bytes === null || rest.length > 0) return null;
  const bits = length === undefined ? bytes.length * 8 : /^\d{1,3}$/.test(length) ? Number(length) : -1;
  return bits < 0 || bits > bytes.length * 8 ? null : { bytes, bits };
}

export function isInRange(address: Uint8Array, { bytes, bits }: AddressRange): boolean {
  if (address.length !== bytes.length) return false;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== bytes[i]) return false;
  const mask = (0xff00 >> (bits & 7)) & 0xff;
  return ((address[whole] ?? 0) & mask) === ((bytes[whole] ?? 0) & mask);
}

/**
 * The IPv4 addresses that an IPv6 address leads to: mapped, translated (RFC 2765), compatible, NAT64 (RFC 6052, RFC
 * 8215), 6to4 (RFC 3056) and Teredo (RFC 4380, both its server and its client).
 */
export function embeddedIpv4(address: Uint8Array): Uint8Array[] {
  if (address.length !== 16 || isInRange(address, unspecifiedAndLoopback)) return [];
  if (last4Prefixes.some((range) => isInRange(address, range))) return [address.slice(12)];
  if (isInRange(address, sixToFour)) return [address.slice(2, 6)];
  if (isInRange(address, teredo)) return [address.slice(4, 8), address.slice(12).map((byte) => byte ^ 0xff)];
  return [];
}

const last4Prefixes = ['::ffff:0:0/96', '::ffff:0:0:0/96', '::/96', '64:ff9b::/96', '64:ff9b:1::/48'].map(
  knownRange,
);
const unspecifiedAndLoopback = knownRange('::/127');
const sixToFour = knownRange('2002::/16');
const teredo = knownRange('2001::/32');

/** A range that is written in the program itself. */
export function knownRange(text: string): AddressRange {
  const range = parseRange(text);
  if (range === null) throw new Error(`not an address range: ${text}`);
  return range;
}

function parseIpv4(text: string): Uint8Array | null {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return null;
  const numbers = text.split('.').map(Number);
  return numbers.every((number) => number <= 255) ? Uint8Array.from(numbers) : null;
}

function parseIpv6(text: string): Uint8Array | null {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (tail) {
    const ipv4 = parseIpv4(tail[2] ?? '');
    if (ipv4 === null) return null;
    const hex = Buffer.from(ipv4).toString('hex');
    return parseIpv6(`${tail[1]}${hex.slice(0, 4)}:${hex.slice(4)}`);
  }
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [front = [], back = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - front.length - back.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...front, ...Array.from({ length: missing }, () => '0'), ...back];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]),
  );
}
