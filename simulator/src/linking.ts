import { randomBytes } from 'node:crypto';
import { pairingDetails, signatureIsValid } from './device-identity.ts';
import type { Companion, CompanionKeys } from './companion.ts';
import { serverJid } from './jid.ts';
import type { Network } from './network.ts';
import { PairingCodes } from './pairing-code.ts';
import type { Handset } from './handset.ts';
import { SimulatorError } from './simulator-error.ts';
import type { Stanza } from './stanza/codec.ts';
import { bytesOf, child, node } from './stanza/node.ts';

/** The socket of a client that is not linked yet. */
export interface UnlinkedWire {
  send(stanza: Stanza): void;
  /** Sends an `iq` and resolves with its answer; rejects when the socket closes before. */
  query(iq: Stanza): Promise<Stanza>;
  end(kind: 'restart'): void;
}

export interface QrOptions {
  /** How many QR codes a client gets on one connection (6). */
  refs: number;
  /** How long the first is good, and each one after it: milliseconds (60 s and 20 s, as Baileys shows them). */
  firstMs: number;
  nextMs: number;
}

/** A client that waits to be linked, and the keys that it registered with. */
export interface Candidate {
  readonly wire: UnlinkedWire;
  readonly keys: CompanionKeys;
}

interface OpenRef extends Candidate {
  readonly goodUntil: number;
}

/** Links companions to accounts, by QR code or by pairing code. */
export class Linking {
  readonly codes = new PairingCodes();
  readonly #network: Network;
  readonly #options: QrOptions;
  readonly #refs = new Map<string, OpenRef>();
  readonly #refsOf = new Map<UnlinkedWire, string[]>();

  constructor(network: Network, options: QrOptions) {
    this.#network = network;
    this.#options = options;
  }

  /** Gives a new client the references that it shows as QR codes one after the other. */
  begin(wire: UnlinkedWire, keys: CompanionKeys): void {
    const refs = Array.from({ length: this.#options.refs }, () => `2@${randomBytes(48).toString('base64')}`);
    const start = Date.now() + this.#options.firstMs;
    refs.forEach((ref, i) =>
      this.#refs.set(ref, { wire, keys, goodUntil: start + i * this.#options.nextMs }),
    );
    this.#refsOf.set(wire, refs);
    const content = refs.map((ref) => node('ref', {}, Buffer.from(ref)));
    const attributes = { from: serverJid, type: 'set', xmlns: 'md', id: this.#network.stanzaId() };
    wire.send(node('iq', attributes, [node('pair-device', {}, content)]));
  }

  /** The client has gone: its codes are worth nothing any more. */
  end(wire: UnlinkedWire): void {
    for (const ref of this.#refsOf.get(wire) ?? []) this.#refs.delete(ref);
    this.#refsOf.delete(wire);
    this.codes.forget(wire);
  }

  /** Links the client that shows this QR code. */
  async scan(phone: Handset, qr: string): Promise<Companion> {
    const { ref, noiseKey, advSecret } = readQr(qr);
    const open = this.#refs.get(ref);
    if (!open || open.goodUntil < Date.now()) {
      throw new SimulatorError(
        'qr_expired',
        'This QR code is no longer valid: the client must show a new one.',
      );
    }
    if (!noiseKey.equals(open.keys.noiseKey)) {
      throw new SimulatorError(
        'qr_invalid',
        'The key in this QR code is not the key of the client that shows it.',
      );
    }
    return this.#pair(phone, open, advSecret);
  }

  /** Links the client that asked for a pairing code for this phone's number. */
  async enterPairingCode(phone: Handset, code: string): Promise<Companion> {
    const { candidate, advSecret } = await this.codes.enter(this.#network, phone, code);
    return this.#pair(phone, candidate, advSecret);
  }

  async #pair(phone: Handset, { wire, keys }: Candidate, advSecret: Uint8Array): Promise<Companion> {
    const { account } = phone;
    const id = account.nextDeviceId();
    const offer = pairingDetails({ phone: phone.identity, companion: keys.identityKey, advSecret, id });
    const device = { jid: account.jid('pn', id), lid: account.jid('lid', id) };
    const success = node('pair-success', {}, [
      node('device-identity', {}, offer.signedWithHmac),
      node('biz', { name: account.name }),
      node('device', device),
      node('platform', { name: phone.system === 'ios' ? 'iphone' : 'android' }),
    ]);
    const attributes = { from: serverJid, type: 'set', id: this.#network.stanzaId(), t: this.#network.now() };
    const answer = await wire.query(node('iq', attributes, [success]));
    const signed = bytesOf(child(child(answer, 'pair-device-sign'), 'device-identity'));
    if (!signed || !signatureIsValid(offer, keys.identityKey, signed)) {
      throw new SimulatorError('pairing_failed', 'The client did not sign its device identity correctly.');
    }
    this.end(wire);
    this.#network.counters.pairings++;
    const companion = this.#network.link(account, id, keys);
    wire.end('restart');
    return companion;
  }
}

/** Baileys 7 puts the fields behind `https://wa.me/settings/linked_devices#`; older clients show them bare. */
function readQr(qr: string): { ref: string; noiseKey: Buffer; advSecret: Buffer } {
  const [ref, noiseKey, identityKey, advSecret] = qr.slice(qr.indexOf('#') + 1).split(',');
  if (ref && noiseKey && identityKey && advSecret) {
    return { ref, noiseKey: Buffer.from(noiseKey, 'base64'), advSecret: Buffer.from(advSecret, 'base64') };
  }
  throw new SimulatorError(
    'qr_invalid',
    'This is no QR code of a WhatsApp client: it needs four or more fields.',
  );
}
