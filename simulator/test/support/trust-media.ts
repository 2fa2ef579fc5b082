import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { Simulator } from '@eazewa/simulator';

/** Lets Baileys in this process upload to and download from the simulator's media host: what NODE_EXTRA_CA_CERTS does from outside. */
export function trustMedia({ mediaCa }: Pick<Simulator, 'mediaCa'>): void {
  setDefaultCACertificates([...getCACertificates('default'), mediaCa]);
}
