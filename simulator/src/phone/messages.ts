import { SimulatorError } from '../simulator-error.ts';
import type { Confirmations } from '../group/confirmations.ts';
import type { Addressing } from '../jid.ts';
import { textOfContent } from '../message-content.ts';
import type { proto } from '../stanza/codec.ts';

/** How far a message has come. Ours: sent, delivered, read. Others': undecryptable, received, read. */
export type PhoneMessageStatus = 'undecryptable' | 'sent' | 'received' | 'delivered' | 'read';

/** A message as the handset shows it. */
export interface PhoneMessage {
  readonly id: string;
  /** Phone number of who wrote it, and of whom it was written to; `to` is the group's jid in a group. */
  readonly from: string;
  readonly to: string;
  /** Jid of the group; missing in a chat of two. */
  readonly group?: string;
  readonly fromMe: boolean;
  /** 0 when the handset sent it, otherwise the linked device that did. */
  readonly device: number;
  readonly addressing: Addressing;
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** Undefined for everything but text, and while it cannot be decrypted. */
  text: string | undefined;
  /** The whole decrypted content. */
  content: proto.IMessage | undefined;
  status: PhoneMessageStatus;
  /** Of a group message of ours: how far it has come with each other member; `status` is what all have reached. */
  confirmations?: Confirmations;
  /** The emojis of those who react to it now, by phone number. */
  reactions?: Readonly<Record<string, string>>;
  /** Of a poll: what has been chosen, by phone number. */
  votes?: Readonly<Record<string, readonly string[]>>;
  /** The messages that brought what is said about it now, as histories have it: reactions, votes, its last edit. */
  sayings?: readonly Saying[];
  isStarred?: boolean;
  /** True when `text` or the caption is not what was written first. */
  isEdited?: boolean;
  /** True when it was deleted for everyone: then it has neither text nor content. */
  isDeleted?: boolean;
  /** How often it came in a form that this phone could not decrypt. */
  failedDecryptions: number;
}

/** A message that says something about another one. */
export interface Saying {
  readonly kind: 'reaction' | 'vote' | 'edit' | 'deletion';
  readonly id: string;
  /** Phone number of who said it, and whether that is the own one. */
  readonly from: string;
  readonly fromMe: boolean;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** What is particular about a message that the handset itself has just sent. */
export interface NewlySent extends Pick<
  PhoneMessage,
  'id' | 'to' | 'group' | 'addressing' | 'timestamp' | 'confirmations'
> {
  readonly content: proto.IMessage;
}

/** Such a message, as its writer shows it. */
export function newlySent(from: string, sent: NewlySent): PhoneMessage {
  return {
    from,
    fromMe: true,
    device: 0,
    text: textOfContent(sent.content),
    status: 'sent',
    failedDecryptions: 0,
    ...sent,
  };
}

interface Waiter {
  readonly predicate: (message: PhoneMessage) => boolean;
  readonly resolve: (message: PhoneMessage) => void;
}

/** A phone older than this many messages forgets the oldest. */
const messagesMax = 20_000;

/** The messages of one handset, in the order in which they came; others can wait for one. */
export class PhoneMessages {
  readonly #messages = new Map<string, PhoneMessage>();
  readonly #waiters = new Set<Waiter>();
  /** Hears of each message that is there with its content: it may say something about another one. */
  onContent: (message: PhoneMessage) => void = () => undefined;

  all(): PhoneMessage[] {
    return [...this.#messages.values()];
  }

  /** A message id is only unique per writer. */
  find(from: string, id: string): PhoneMessage | undefined {
    return this.#messages.get(keyOf(from, id));
  }

  /** The newest message with that id, whoever wrote it. */
  findById(id: string): PhoneMessage | undefined {
    return this.all().findLast((message) => message.id === id);
  }

  /** The same. Throws `unknown_message`. */
  withId(id: string): PhoneMessage {
    const message = this.findById(id);
    if (message) return message;
    throw new SimulatorError('unknown_message', `This phone has no message ${id}.`);
  }

  /** Adds the message, or puts the new state over the known one. */
  put(message: PhoneMessage): PhoneMessage {
    const key = keyOf(message.from, message.id);
    const known = this.#messages.get(key);
    const merged = known ? Object.assign(known, message) : message;
    this.#messages.set(key, merged);
    if (this.#messages.size > messagesMax) this.#forgetOldest();
    if (merged.content) this.onContent(merged);
    this.#tell(merged);
    return merged;
  }

  /** Shows a message otherwise than it was written. */
  change(message: PhoneMessage, change: Partial<PhoneMessage>): void {
    Object.assign(message, change);
    this.#tell(message);
  }

  /** Moves a message forward; a status never goes back. */
  advance(message: PhoneMessage, status: PhoneMessageStatus): void {
    if (statusOrder.indexOf(status) <= statusOrder.indexOf(message.status)) return;
    message.status = status;
    this.#tell(message);
  }

  /** Resolves with the first message that fits, now or later; rejects with `timeout` after `timeoutMs`. */
  waitFor(predicate: (message: PhoneMessage) => boolean, timeoutMs: number): Promise<PhoneMessage> {
    const present = this.all().find((message) => predicate(message));
    if (present) return Promise.resolve(present);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new SimulatorError('timeout', `No such message came within ${timeoutMs} ms.`));
      }, timeoutMs);
      const waiter: Waiter = {
        predicate,
        resolve: (message) => {
          clearTimeout(timer);
          resolve(message);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  #tell(message: PhoneMessage): void {
    for (const waiter of this.#waiters) {
      if (!waiter.predicate(message)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(message);
    }
  }

  #forgetOldest(): void {
    const [oldest] = this.#messages.keys();
    if (oldest !== undefined) this.#messages.delete(oldest);
  }
}

const statusOrder: PhoneMessageStatus[] = ['undecryptable', 'sent', 'received', 'delivered', 'read'];

function keyOf(from: string, id: string): string {
  return `${from}|${id}`;
}
