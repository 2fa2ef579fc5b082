import { after, before } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { authority } from './certificates.ts';

/** While the tests of the calling file run, the authority of the test certificates is the only one that is trusted. */
export function trustTestAuthority(): void {
  const trustedBefore = getCACertificates('default');
  before(() => setDefaultCACertificates([authority]));
  after(() => setDefaultCACertificates(trustedBefore));
}
