import { createHash, createPublicKey, randomBytes, verify as verifyEd25519 } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE, numberToBytesLE } from '@noble/curves/utils.js';

/**
 * XEdDSA (signal.org/docs/specifications/xeddsa) in the variant of WhatsApp and libsignal: the sign bit of the
 * Edwards public key travels in the top bit of the signature's last byte. 64 bytes. `random` (64 bytes) is for
 * published vectors only; reusing it with another message would give the key away.
 */
export function sign(
  privateKey: Uint8Array,
  message: Uint8Array,
  random: Uint8Array = randomBytes(64),
): Uint8Array {
  const scalar = clampedScalar(privateKey);
  const edwardsKey = Point.BASE.multiply(scalar).toBytes();
  const nonce = hashToScalar(noncePrefix, privateKey, message, random);
  const commitment = Point.BASE.multiply(nonce).toBytes();
  const challenge = hashToScalar(commitment, edwardsKey, message);
  const signature = new Uint8Array(64);
  signature.set(commitment);
  signature.set(numberToBytesLE(Fn.create(nonce + challenge * scalar), 32), 32);
  signature[63] = (signature[63] ?? 0) | ((edwardsKey[31] ?? 0) & signBit);
  return signature;
}

/** Whether `signature` was made over `message` by the owner of the X25519 `publicKey` (32 bytes). Never throws. */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const edwardsKey = toEdwards(publicKey, (signature[63] ?? 0) & signBit);
  if (edwardsKey === undefined) return false;
  const plain = new Uint8Array(signature);
  plain[63] = (plain[63] ?? 0) & ~signBit;
  // With the key converted, XEdDSA verification is exactly Ed25519's, which OpenSSL does fast.
  const key = Buffer.concat([ed25519Header, edwardsKey]);
  return verifyEd25519(null, message, createPublicKey({ key, format: 'der', type: 'spki' }), plain);
}

const { Point } = ed25519;
const { Fp, Fn } = Point;
const signBit = 0x80;
const noncePrefix = new Uint8Array(32).fill(0xff).fill(0xfe, 0, 1);
const ed25519Header = Buffer.from('302a300506032b6570032100', 'hex');

function clampedScalar(privateKey: Uint8Array): bigint {
  const low = bytesToNumberLE(privateKey) & ((1n << 254n) - 8n);
  return Fn.create(low | (1n << 254n));
}

function hashToScalar(...parts: Uint8Array[]): bigint {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return Fn.create(bytesToNumberLE(hash.digest()));
}

/** The birational map of RFC 7748 section 4.1, y = (u - 1) / (u + 1); undefined for u = -1, which has no image. */
function toEdwards(publicKey: Uint8Array, sign: number): Uint8Array | undefined {
  const u = Fp.create(bytesToNumberLE(publicKey) & ((1n << 255n) - 1n));
  const divisor = Fp.add(u, 1n);
  if (Fp.is0(divisor)) return undefined;
  const y = numberToBytesLE(Fp.mul(Fp.sub(u, 1n), Fp.inv(divisor)), 32);
  y[31] = (y[31] ?? 0) | sign;
  return y;
}
