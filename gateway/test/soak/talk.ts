import type { Group, Phone } from '@eazewa/simulator';
import type { Arena, Linked } from '../support/arena.ts';
import type { Traffic } from './draw.ts';

/** A text that a phone wrote, and how it must be told. */
export interface Written {
  readonly text: string;
  readonly path: string;
  readonly event: 'message' | 'message_create';
}

/** A message that a program asked to send, again and again until it was told that WhatsApp has it. */
export interface Asked {
  readonly text: string;
  readonly path: string;
  readonly to: readonly Phone[];
  readonly isGroup: boolean;
  readonly done: Promise<void>;
}

/** Who writes to whom, as drawn; it knows everything that was written. */
export class Talk {
  readonly written: Written[] = [];
  readonly asked: Asked[] = [];
  readonly #arena: Arena;
  readonly #contacts: readonly Phone[];
  /** One for each number, of all contacts. */
  readonly #groups: readonly Group[];
  /** A program waits for the answer to one message before it writes the next to the same chat. */
  readonly #lastCalls = new Map<string, Promise<void>>();
  #lastNumber = 0;
  #open = 0;

  constructor(arena: Arena, contacts: readonly Phone[]) {
    this.#arena = arena;
    this.#contacts = contacts;
    this.#groups = arena.numbers.map(({ phone }) =>
      contacts[0]!.createGroup(`Friends of ${phone.name}`, [phone, ...contacts.slice(1)]),
    );
  }

  /** Calls of programs that have no answer yet. */
  get openCalls(): number {
    return this.#open;
  }

  act({ is, number, contact, addressing }: Traffic): void {
    const linked = this.#arena.numbers[number];
    const phone = this.#contacts[contact];
    const group = this.#groups[number];
    if (linked === undefined || phone === undefined || group === undefined) return;
    switch (is) {
      case 'contact-writes': {
        const text = this.#text(`${phone.name} to ${linked.phone.name}`);
        this.written.push({ text, path: linked.path, event: 'message' });
        failLoudly(phone.send(linked.phone, text, { addressing }));
        return;
      }
      case 'handset-writes': {
        const text = this.#text(`${linked.phone.name} to ${phone.name}`);
        this.written.push({ text, path: linked.path, event: 'message_create' });
        failLoudly(linked.phone.send(phone, text, { addressing }));
        return;
      }
      case 'program-writes':
        this.#ask(linked, phone.number, `${phone.number}@c.us`, [phone]);
        return;
      case 'program-writes-to-group':
        this.#ask(linked, 'the group', group.jid, this.#contacts);
        return;
      case 'contact-reads':
        failLoudly(phone.read(linked.phone));
        return;
      case 'member-writes': {
        const text = this.#text(`${phone.name} to ${group.subject}`);
        this.written.push({ text, path: linked.path, event: 'message' });
        failLoudly(phone.sendToGroup(group, text));
        return;
      }
    }
  }

  #ask(linked: Linked, name: string, chatId: string, to: readonly Phone[]): void {
    const text = this.#text(`program of ${linked.phone.name} to ${name}`);
    this.#open++;
    const chat = `${linked.id} ${chatId}`;
    const before = this.#lastCalls.get(chat) ?? Promise.resolve();
    const done = before.then(() => this.#askUntilTaken(linked, chatId, text)).finally(() => this.#open--);
    this.#lastCalls.set(chat, done);
    this.asked.push({ text, path: linked.path, to, isGroup: to.length > 1, done });
  }

  /** As a careful program does: no answer, or one that says "not now", is followed by the same call. */
  async #askUntilTaken(linked: Linked, chatId: string, text: string): Promise<void> {
    const path = `/instances/${linked.id}/client/action/send-message`;
    const message = { chatId, message: text };
    const key = { 'idempotency-key': text.replaceAll(' ', '-') };
    for (;;) {
      const answer = await this.#arena.api('POST', path, message, key).catch(() => null);
      if ((answer?.body['data'] as { status?: string } | undefined)?.status === 'success') return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  #text(writer: string): string {
    return `${writer} ${++this.#lastNumber}`;
  }
}

/** The simulator's phones are always online here: a failure is a fault of the run itself. */
function failLoudly(work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    throw error;
  });
}
