export { createCertificateAuthority } from './certificate.ts';
export type { CertificateAuthority } from './certificate.ts';
export { NoiseError } from './noise-error.ts';
export { NoiseResponder } from './noise-responder.ts';
export type { ClientFinish, NoiseResponderOptions, ServerHello, Transport } from './noise-responder.ts';
