import type { Group, Phone } from '@eazewa/simulator';
import type { Arena, Linked } from '../support/arena.ts';
import { Deeds, type Deed } from '../support/deeds.ts';
import { Clubs } from './clubs.ts';
import type { Traffic } from './draw.ts';

/** A message that a program asked to send, again and again until it was told that WhatsApp has it. */
export interface Asked {
  readonly text: string;
  readonly path: string;
  readonly to: readonly Phone[];
  /** Resolves with the message's id. */
  readonly done: Promise<string>;
}

const emojis = ['👍', '❤️', '😮', ''];
const answers = [['yes'], ['no', 'perhaps'], []];

/** So many of the latest messages of a chat are still spoken of. */
const recentMax = 15;

/** Who does what in which chat, as drawn; it knows everything that was done. */
export class Talk {
  readonly asked: Asked[] = [];
  /** What phones did in the chats of each number, by the path of its webhook. */
  readonly deeds: ReadonlyMap<string, Deeds>;
  readonly #arena: Arena;
  readonly #contacts: readonly Phone[];
  /** One for each number, of all contacts. */
  readonly #groups: readonly Group[];
  readonly #clubs: Clubs;
  /** A program waits for the answer to one message before it writes the next to the same chat. */
  readonly #lastCalls = new Map<string, Promise<unknown>>();
  #lastNumber = 0;
  #open = 0;

  constructor(arena: Arena, contacts: readonly Phone[]) {
    this.#arena = arena;
    this.#contacts = contacts;
    this.deeds = new Map(
      arena.numbers.map(({ path, phone }) => [path, new Deeds(phone, () => arena.simulator.phones)]),
    );
    this.#groups = arena.numbers.map((linked) =>
      this.#of(linked).createGroup(contacts[0]!, `Friends of ${linked.phone.name}`, contacts.slice(1)),
    );
    const all = arena.numbers.map((linked) => this.#of(linked));
    this.#clubs = new Clubs(arena.simulator, all, contacts, (writer) => this.#text(writer));
  }

  /** Calls of programs that have no answer yet. */
  get openCalls(): number {
    return this.#open;
  }

  /** How much phones have done. */
  get done(): number {
    return [...this.deeds.values()].reduce(
      (sum, { expected, unordered }) => sum + expected.length + unordered.length,
      0,
    );
  }

  act(traffic: Traffic): void {
    const linked = this.#arena.numbers[traffic.number];
    const phone = this.#contacts[traffic.contact];
    const group = this.#groups[traffic.number];
    if (linked === undefined || phone === undefined || group === undefined) return;
    failLoudly(Promise.resolve(this.#act(traffic, linked, phone, group)));
  }

  #act(traffic: Traffic, linked: Linked, contact: Phone, group: Group): Promise<unknown> | void {
    const { is, addressing, lot } = traffic;
    const shop = linked.phone;
    const deeds = this.#of(linked);
    const options = { addressing };
    const by = traffic.isOwn ? shop : contact;
    const chat = traffic.isInGroup ? group : traffic.isOwn ? contact : shop;
    const chatId = traffic.isInGroup ? group.jid : `${contact.number}@c.us`;
    const name = `${by.name} to ${chat === group ? group.subject : (chat as Phone).name}`;
    switch (is) {
      case 'contact-writes':
        return deeds.write(contact, shop, this.#text(`${contact.name} to ${shop.name}`), options);
      case 'handset-writes':
        return deeds.write(shop, contact, this.#text(`${shop.name} to ${contact.name}`), options);
      case 'member-writes':
        return deeds.write(contact, group, this.#text(`${contact.name} to ${group.jid}`));
      case 'program-writes':
        return this.#ask(linked, contact, [contact], 'send-message');
      case 'program-writes-to-group':
        return this.#ask(linked, group, this.#contacts, 'send-message');
      case 'program-sends-image':
        return this.#ask(
          linked,
          traffic.isInGroup ? group : contact,
          traffic.isInGroup ? this.#contacts : [contact],
          'send-media',
        );
      case 'contact-reads':
        return contact.read(shop);
      case 'member-reads':
        return contact.read(group);
      case 'sends-image':
        return deeds.sendImage(by, chat, this.#text(name), traffic.isInGroup ? {} : options);
      case 'asks':
        return deeds.ask(by, chat, this.#text(name), traffic.isInGroup ? {} : options);
      case 'votes': {
        const poll = recent(deeds, lot, (deed) => deed.chat === chatId && deed.options.length > 0);
        return poll && deeds.vote(by, poll, answers[Math.floor(lot * 7919) % answers.length]!);
      }
      case 'reacts': {
        const message = recent(deeds, lot, (deed) => deed.chat === chatId);
        return message && deeds.react(by, message, emojis[Math.floor(lot * 7919) % emojis.length]!);
      }
      case 'edits': {
        const message = recent(
          deeds,
          lot,
          (deed) => deed.chat === chatId && deed.by === by && deed.options.length === 0,
        );
        return message && deeds.edit(message, this.#text('edited'));
      }
      case 'revokes': {
        const message = recent(deeds, lot, (deed) => deed.chat === chatId && deed.by === by);
        return message && deeds.revoke(by, message);
      }
      case 'deletes-for-me': {
        const message = recent(deeds, lot, (deed) => deed.chat === chatId);
        return message && deeds.deleteForMe(message);
      }
      case 'calls':
        return deeds.call(contact, { isVideo: traffic.isOwn, addressing });
      case 'changes-group':
        return this.#clubs.change(traffic.number, lot);
    }
  }

  #of({ path }: Linked): Deeds {
    return this.deeds.get(path)!;
  }

  #ask(linked: Linked, chat: Phone | Group, to: readonly Phone[], action: string): Promise<unknown> {
    const isGroup = to.length > 1;
    const name = isGroup ? 'the group' : (chat as Phone).number;
    const text = this.#text(`program of ${linked.phone.name} to ${name}`);
    this.#open++;
    const chatId = isGroup ? chat.jid : `${name}@c.us`;
    const lane = `${linked.id} ${chatId}`;
    const before = this.#lastCalls.get(lane) ?? Promise.resolve();
    const done = before
      .then(() => this.#askUntilTaken(linked, action, chatId, text))
      .finally(() => this.#open--);
    this.#lastCalls.set(lane, done);
    this.asked.push({ text, path: linked.path, to, done });
    return done.then((id) => this.#of(linked).program(id, chat, text));
  }

  /** As a careful program does: no answer, or one that says "not now", is followed by the same call. */
  async #askUntilTaken(linked: Linked, action: string, chatId: string, text: string): Promise<string> {
    const path = `/instances/${linked.id}/client/action/${action}`;
    const mediaBase64 = Buffer.from(`\xff\xd8\xff\xe0 ${text}`, 'latin1').toString('base64');
    const call =
      action === 'send-message'
        ? { chatId, message: text }
        : { chatId, mediaBase64, mediaName: 'a.jpg', mediaCaption: text };
    const key = { 'idempotency-key': text.replaceAll(' ', '-') };
    for (;;) {
      const answer = await this.#arena.api('POST', path, call, key).catch(() => null);
      const { status, data } = (answer?.body['data'] ?? {}) as {
        status?: string;
        data?: { id: { id: string } };
      };
      if (status === 'success' && data !== undefined) return data.id.id;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  #text(writer: string): string {
    return `${writer} ${++this.#lastNumber}`;
  }
}

/** One of the latest messages that fit and are not deleted. */
function recent(deeds: Deeds, lot: number, fits: (deed: Deed) => boolean): Deed | undefined {
  const found: Deed[] = [];
  for (let at = deeds.messages.length - 1; at >= 0 && found.length < recentMax; at--) {
    const deed = deeds.messages[at]!;
    if (!deed.isDeleted && fits(deed)) found.push(deed);
  }
  return found[Math.floor(lot * found.length)];
}

/** The simulator's phones are always online here: a failure is a fault of the run itself. */
function failLoudly(work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    throw error;
  });
}
