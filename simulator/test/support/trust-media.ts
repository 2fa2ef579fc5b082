import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { UserFacingSocketConfig } from 'baileys';
import type { Simulator } from '@eazewa/simulator';

/** Lets Baileys in this process upload to and download from the simulator's media host: what NODE_EXTRA_CA_CERTS does from outside. */
export function trustMedia({ mediaCa }: Pick<Simulator, 'mediaCa'>): void {
  setDefaultCACertificates([...getCACertificates('default'), mediaCa]);
}

/**
 * The `options` with which Baileys reads histories and shared settings from the simulator's media host. They name no host, and
 * Baileys takes WhatsApp's; it hands a dispatcher to Node's fetch.
 */
export function mediaOptions({
  media,
}: Pick<Simulator, 'media'>): NonNullable<UserFacingSocketConfig['options']> {
  const dispatcher: Dispatcher = {
    dispatch: (request, handler) =>
      usual().dispatch({ ...request, origin: `https://${media.host}` }, handler),
  };
  return { dispatcher } as object;
}

/** The part of undici's `Dispatcher` that fetch needs. */
interface Dispatcher {
  dispatch(request: { origin: string }, handler: unknown): boolean;
}

/** Node makes it with the first use of its fetch. */
function usual(): Dispatcher {
  return (globalThis as unknown as Record<symbol, Dispatcher>)[Symbol.for('undici.globalDispatcher.1')]!;
}
