import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { isOutOfSockets } from '../reach/out-of-sockets.ts';
import type { Silence, SilenceReason } from './attempt-result.ts';

export type OpenFailure =
  | ({ readonly outcome: 'silence' } & Pick<Silence, 'reason' | 'phase' | 'detail'>)
  | { readonly outcome: 'unsent'; readonly reason: 'no_sockets'; readonly detail: string };

/** What an error means that came while a socket was being opened. */
export function openFailureOf(
  error: NodeJS.ErrnoException,
  phase: Silence['phase'],
  socket: Socket | null,
): OpenFailure {
  const code = error.code ?? error.message;
  if (isOutOfSockets(error)) return { outcome: 'unsent', reason: 'no_sockets', detail: code };
  if (socket instanceof TLSSocket && socket.authorizationError) {
    const detail = `${certificateProblems.get(code) ?? 'the certificate is not trusted'} (${code})`;
    return { outcome: 'silence', reason: 'tls_certificate', phase, detail };
  }
  const reason = silenceCodes.get(code);
  if (reason === undefined && phase === 'tls') {
    return { outcome: 'silence', reason: 'tls_handshake', phase, detail: `${reasonOf(error)} (${code})` };
  }
  return { outcome: 'silence', reason: reason ?? 'reset', phase, detail: code };
}

const silenceCodes = new Map<string, SilenceReason>([
  ['ECONNREFUSED', 'refused'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['EHOSTDOWN', 'unreachable'],
  ['ENETDOWN', 'unreachable'],
  ['EADDRNOTAVAIL', 'unreachable'],
  ['EACCES', 'unreachable'],
  ['EPERM', 'unreachable'],
  ['ETIMEDOUT', 'connect_timeout'],
]);

/** In our own words, as those of the error quote what the server chose to put into its certificate. */
const certificateProblems = new Map([
  ['CERT_HAS_EXPIRED', 'the certificate has expired'],
  ['CERT_NOT_YET_VALID', 'the certificate is not valid yet'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'the certificate is self-signed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'the authority of the certificate is not trusted'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'the authority of the certificate is not trusted'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'the certificate chain is incomplete'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'the certificate is for another host'],
]);

/** OpenSSL's errors carry their plain reason beside a message full of numbers. */
function reasonOf(error: Error): string {
  return 'reason' in error && typeof error.reason === 'string' ? error.reason : 'the handshake failed';
}
