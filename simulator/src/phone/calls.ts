import { randomBytes } from 'node:crypto';
import type { Account, Device } from '../account.ts';
import { findAccount } from '../find-account.ts';
import type { Who } from '../find-account.ts';
import type { Addressing } from '../jid.ts';
import type { Network } from '../network.ts';
import type { Stanza } from '../stanza/codec.ts';
import { elements, node } from '../stanza/node.ts';

export interface CallOptions {
  /** A voice call, unless this is true. */
  video?: boolean;
  /** The jid of a group that calls together. */
  group?: string;
  id?: string;
  /** Tells of a group's call as those hear of it whom it does not ring: `<offer_notice>` in place of `<offer>`. */
  notice?: boolean;
  /** Who else is in a group's call. */
  others?: readonly Who[];
  /** Under which kind of name the caller is known; `lid` unless said otherwise. */
  addressing?: Addressing;
}

export type CallStep = 'preaccept' | 'transport' | 'relaylatency';

/** A call that a phone has begun; every device of who is called hears of each step. */
export interface Call {
  readonly id: string;
  /** Whether a device of who is called has refused it. */
  readonly isRejected: boolean;
  /** What happens before it is taken, of which nobody needs to know. */
  progress(step: CallStep): void;
  /** Another device of who is called refuses it. */
  reject(): void;
  /** The call is taken on another device than the companions. */
  accept(): void;
  /** It ends: the caller hangs up, or `reason` says why (`accepted_elsewhere`, ...). */
  terminate(reason?: string): void;
  /** It ends because nobody took it. */
  timeout(): void;
}

interface CallDependencies {
  readonly phone: Device;
  readonly network: Network;
  /** Throws when the handset has no network. */
  readonly checkOnline: () => void;
}

/** The calls of a handset. No media flows. */
export class PhoneCalls {
  readonly #phone: Device;
  readonly #network: Network;
  readonly #checkOnline: () => void;
  readonly #rejected = new Set<string>();
  readonly #made = new Map<string, Call>();

  constructor({ phone, network, checkOnline }: CallDependencies) {
    this.#phone = phone;
    this.#network = network;
    this.#checkOnline = checkOnline;
  }

  /** Rings at all devices of somebody. Throws `unknown_phone`, `phone_offline`. */
  call(who: Who, options: CallOptions = {}): Call {
    const { id = randomBytes(16).toString('hex').toUpperCase(), addressing = 'lid' } = options;
    const callee = findAccount(this.#network.directory, who);
    const creator = this.#phone.account.jid(addressing);
    const tell = (tag: string, attributes: Record<string, string | undefined> = {}, content?: Stanza[]) =>
      this.#tell(
        callee,
        creator,
        node(tag, { 'call-id': id, 'call-creator': creator, ...attributes }, content),
      );
    const tag = options.notice === true ? 'offer_notice' : 'offer';
    tell(tag, this.#offered(options), this.#inOffer(options, addressing));
    const isRejected = () => this.#rejected.has(id);
    const call: Call = {
      id,
      get isRejected() {
        return isRejected();
      },
      progress: (step) => tell(step),
      reject: () => tell('reject'),
      accept: () => tell('accept', {}, media(options.video === true)),
      terminate: (reason) => tell('terminate', { reason }),
      timeout: () => tell('terminate', { reason: 'timeout' }),
    };
    this.#made.set(id, call);
    return call;
  }

  /** A call that was made before. */
  get(id: string): Call | undefined {
    return this.#made.get(id);
  }

  /** Takes what a device of who was called does with the call. */
  take(stanza: Stanza): void {
    for (const { tag, attrs } of elements(stanza))
      if (tag === 'reject' && attrs['call-id'] !== undefined) this.#rejected.add(attrs['call-id']);
  }

  /** What a notice says in attributes, an offer says in elements. */
  #inOffer({ video = false, notice = false, others = [] }: CallOptions, addressing: Addressing): Stanza[] {
    if (notice) return [];
    const accounts = others.map((one) => findAccount(this.#network.directory, one));
    const users = accounts.map((account) => node('user', { jid: account.jid(addressing) }));
    return [...media(video), ...(users.length === 0 ? [] : [node('group_info', {}, users)])];
  }

  #offered({ group, addressing = 'lid', notice, video }: CallOptions): Record<string, string | undefined> {
    const isGroup = group !== undefined;
    return {
      [addressing === 'lid' ? 'caller_pn' : 'caller_lid']: this.#phone.account.jid(
        addressing === 'lid' ? 'pn' : 'lid',
      ),
      media: notice === true ? (video === true ? 'video' : 'audio') : undefined,
      type: isGroup ? 'group' : undefined,
      'group-jid': group,
    };
  }

  #tell(callee: Account, from: string, step: Stanza): void {
    this.#checkOnline();
    if (callee.hasBlocked(this.#phone.account)) return;
    const attributes = { from, id: this.#network.stanzaId(), t: this.#network.now() };
    const notify = this.#phone.account.name;
    const stanza = node('call', { ...attributes, notify, platform: 'android', version: '2.24.1' }, [step]);
    for (const device of callee.devices.values()) device.deliver(stanza);
  }
}

function media(isVideo: boolean): Stanza[] {
  const audio = node('audio', { enc: 'opus', rate: '16000' });
  return isVideo ? [audio, node('video', { enc: 'vp8', dec: 'vp8', orientation: '0' })] : [audio];
}
