import type { Addressing, Phone } from '@eazewa/simulator';
import { brokenPromises, type ReceivedRequest } from '../../src/delivery/testing/receiver.ts';
import { Arena, type Linked } from '../support/arena.ts';
import { toldTwice, tooEarly } from '../support/judge-deeds.ts';
import {
  ackDisorder,
  askedAgain,
  attemptNumbers,
  disorder,
  rowsLeft,
  splitIdentities,
  timedOut,
  toldMessages,
  untrueLog,
} from '../support/oracles.ts';
import { toldOf } from '../support/told.ts';
import { until } from '../support/until.ts';

/** One number with its contacts, and what the cells of the matrix need to know of them. */
export class MatrixWorld {
  readonly arena: Arena;
  readonly shop: Linked;
  /** How long anything may take before it counts as lost: far longer than it takes on a slow machine. */
  readonly limitMs = 90_000;
  readonly #friends = new Map<string, Phone>();
  #group: { readonly jid: string; readonly founder: Phone } | null = null;
  #lastNumber = 0;
  #wantedEncryption: string | null = null;
  #seenEncryption: string | null = null;

  private constructor(arena: Arena, shop: Linked) {
    this.arena = arena;
    this.shop = shop;
    arena.simulator.on('stanza', ({ direction, number, stanza }) => {
      if (direction !== 'out' || number !== shop.phone.number || stanza.tag !== 'message') return;
      const encs = Array.isArray(stanza.content) ? stanza.content.filter(({ tag }) => tag === 'enc') : [];
      this.#seenEncryption ??= encs.map(({ attrs }) => attrs['type']).join('+');
    });
  }

  /** Starts the gateway and links the number. */
  static async open(database: string | null): Promise<MatrixWorld> {
    const arena = await Arena.open({ database });
    try {
      await arena.start();
      const shop = await arena.link(arena.simulator.addPhone({ name: 'Shop' }));
      return new MatrixWorld(arena, shop);
    } catch (error) {
      await arena.close();
      throw error;
    }
  }

  requests(): readonly ReceivedRequest[] {
    return this.arena.receiver.requests;
  }

  newContact(): Phone {
    return this.arena.simulator.addPhone({ name: `Contact ${++this.#lastNumber}` });
  }

  /** A text that nobody else has; later ones of the same writer have a higher number. */
  nextText(writer: string): string {
    return `${writer} ${++this.#lastNumber}`;
  }

  /** Somebody who has written and got an answer: both ratchets have turned. */
  async friend(name: string, addressing: Addressing): Promise<Phone> {
    const known = this.#friends.get(name);
    if (known !== undefined) return known;
    const friend = this.arena.simulator.addPhone({ name });
    const hello = this.nextText(`hello of ${name}`);
    await friend.send(this.shop.phone, hello, { addressing });
    await this.arena.receiver.until(() => this.missingEvents('message', hello).length === 0);
    const answer = this.nextText(`answer to ${name}`);
    await this.ask(answer, friend.jid);
    await friend.waitForMessage(({ text }) => text === answer, this.limitMs);
    this.#friends.set(name, friend);
    return friend;
  }

  /** A program asks to send; the same text is the same call. Rejects unless WhatsApp has it. */
  async ask(text: string, chat: string): Promise<void> {
    const path = `/instances/${this.shop.id}/client/action/send-message`;
    const message = { chatId: chat.replace('@s.whatsapp.net', '@c.us'), message: text };
    const { body } = await this.arena.api('POST', path, message, {
      'idempotency-key': text.replaceAll(' ', '-'),
    });
    const { status } = (body['data'] ?? {}) as { status?: string };
    if (status !== 'success') throw new Error(`The call was answered with ${JSON.stringify(body)}`);
  }

  /** Repeats the call until it is answered that WhatsApp has it, as its caller would. */
  async askUntilTaken(text: string, chat: string): Promise<void> {
    await until(() =>
      this.ask(text, chat).then(
        () => true,
        () => false,
      ),
    );
  }

  /** A group of somebody else with this number in it; always the same, unless a new one is wanted. */
  async group(isNew = false): Promise<{ readonly jid: string; readonly founder: Phone }> {
    if (this.#group === null || isNew) {
      const founder = await this.friend('founder', 'lid');
      this.#group = { jid: founder.createGroup('Friends', [this.shop.phone]).jid, founder };
    }
    return this.#group;
  }

  /** From now on the events of messages have their files inside. */
  async wantFiles(): Promise<void> {
    const path = `/instances/${this.shop.id}/webhooks/main`;
    const { status, body } = await this.arena.api('PUT', path, { media: { inline: true } });
    if (status !== 200) throw new Error(`Files are refused: ${JSON.stringify(body)}`);
  }

  /** How the next message for the number must be encrypted, else the cell does not test what it says. */
  expectEncryption(type: string): void {
    this.#wantedEncryption = type;
  }

  watchEncryption(): void {
    this.#seenEncryption = null;
  }

  missingEvents(event: string, text: string): string[] {
    const isTold = toldMessages(this.requests()).some((told) => told.event === event && told.text === text);
    return isTold ? [] : [`${event} "${text}" was lost`];
  }

  async settingKeys(): Promise<number> {
    const [row] = await this.arena.store.all<{ count: number }>(
      `select count(*) as count from auth_keys where kind = 'app-state-sync-key' and instance_id = ${this.shop.id}`,
    );
    return Number(row?.count);
  }

  /** One more message in and one out, so that all that came before has come, and the gateway is seen to work. */
  async sendMarkers(): Promise<void> {
    const friend = await this.friend('marker', 'lid');
    const incoming = this.nextText('marker');
    await friend.send(this.shop.phone, incoming);
    await this.arena.receiver.until(() => this.missingEvents('message', incoming).length === 0);
    await until(() => this.arena.isQuiet());
  }

  /** What is broken of all that was promised, in words; empty when nothing is. */
  async broken(): Promise<string[]> {
    const { simulator, kills, store } = this.arena;
    const requests = this.requests();
    const told = toldOf(requests);
    const phones = simulator.phones.flatMap((phone) => phone.messages.map((message) => ({ phone, message })));
    const undecryptable = phones.filter(({ message }) => message.failedDecryptions > 0);
    return [
      ...brokenPromises(requests, { kills, timedOut: await timedOut(store) }),
      ...attemptNumbers(requests, kills),
      ...disorder(requests),
      ...ackDisorder(requests),
      ...splitIdentities(requests),
      ...toldTwice(told),
      ...tooEarly(told),
      ...(await untrueLog(store, requests, kills)),
      ...(await rowsLeft(store)),
      ...askedAgain(simulator),
      ...undecryptable.map(({ phone, message }) => `${phone.name} could not decrypt "${message.text}"`),
      ...(this.arena.qrCodes(this.shop).length > 1 ? ['a second QR code was needed'] : []),
      ...this.#wrongEncryption(),
    ];
  }

  #wrongEncryption(): string[] {
    const wanted = this.#wantedEncryption;
    this.#wantedEncryption = null;
    if (wanted === null || wanted === this.#seenEncryption) return [];
    return [`the cell did not test what it says: ${this.#seenEncryption} instead of ${wanted}`];
  }
}
