import { generateKeyPair, sign } from '../signal/index.ts';
import type { KeyPair } from '../signal/index.ts';
import { encodeFields } from '../signal/protobuf.ts';

/** Signs the certificate chains by which a client recognises the server. */
export interface CertificateAuthority {
  /** 32 bytes; clients must be told to trust it in place of WhatsApp's own root. */
  rootPublicKey: Uint8Array;
  /** An encoded WAProto `CertChain` for the server's static Noise key, which is the server hello's payload. */
  issueChain(serverStaticPublicKey: Uint8Array): Uint8Array;
}

/**
 * A root of trust for simulated servers: root, one intermediate (made once), and a leaf per chain. The certificates
 * are valid from a day before `now` (ms since 1970) for ten years.
 */
export function createCertificateAuthority(
  rootKeyPair: KeyPair = generateKeyPair(),
  now: () => number = Date.now,
): CertificateAuthority {
  const intermediatePair = generateKeyPair();
  const validity = validFrom(Math.floor(now() / 1000) - daySeconds);
  const intermediate = certificate(
    { serial: intermediateSerial, issuerSerial: rootSerial, key: intermediatePair.publicKey, ...validity },
    rootKeyPair,
  );
  let leafSerial = intermediateSerial;
  return {
    rootPublicKey: rootKeyPair.publicKey,
    issueChain(key) {
      leafSerial += 1;
      const details = { serial: leafSerial, issuerSerial: intermediateSerial, key, ...validity };
      return encodeFields([
        [1, certificate(details, intermediatePair)],
        [2, intermediate],
      ]);
    },
  };
}

// Clients know the root by serial 0, which the intermediate must name as its issuer.
const rootSerial = 0;
const intermediateSerial = 1;
const daySeconds = 24 * 60 * 60;

/** WAProto `NoiseCertificate.Details`; times in seconds since 1970. */
interface Details {
  serial: number;
  issuerSerial: number;
  key: Uint8Array;
  notBefore: number;
  notAfter: number;
}

function validFrom(notBefore: number): Pick<Details, 'notBefore' | 'notAfter'> {
  return { notBefore, notAfter: notBefore + 3650 * daySeconds };
}

function certificate(details: Details, issuer: KeyPair): Uint8Array {
  const encoded = encodeFields([
    [1, details.serial],
    [2, details.issuerSerial],
    [3, details.key],
    [4, details.notBefore],
    [5, details.notAfter],
  ]);
  return encodeFields([
    [1, encoded],
    [2, sign(issuer.privateKey, encoded)],
  ]);
}
