/** A proxy that webhooks go through. */
export interface Proxy {
  /** A name in lower case, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  /** The value of `Proxy-Authorization`; null for none. */
  readonly authorization: string | null;
}

/**
 * `http://[user:password@]host:port` taken apart.
 *
 * @throws TypeError when it is not a URL; the setting was checked before.
 */
export function proxyOf(text: string): Proxy {
  const { username, password, hostname, port } = new URL(text);
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port === '' ? 80 : port),
    authorization: username === '' ? null : `Basic ${Buffer.from(user).toString('base64')}`,
  };
}
