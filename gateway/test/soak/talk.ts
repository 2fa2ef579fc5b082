import type { Phone } from '@eazewa/simulator';
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
  readonly to: Phone;
  readonly done: Promise<void>;
}

/** Who writes to whom, as drawn; it knows everything that was written. */
export class Talk {
  readonly written: Written[] = [];
  readonly asked: Asked[] = [];
  readonly #arena: Arena;
  readonly #contacts: readonly Phone[];
  /** A program waits for the answer to one message before it writes the next to the same chat. */
  readonly #lastCalls = new Map<string, Promise<void>>();
  #lastNumber = 0;
  #open = 0;

  constructor(arena: Arena, contacts: readonly Phone[]) {
    this.#arena = arena;
    this.#contacts = contacts;
  }

  /** Calls of programs that have no answer yet. */
  get openCalls(): number {
    return this.#open;
  }

  act({ is, number, contact, addressing }: Traffic): void {
    const linked = this.#arena.numbers[number];
    const phone = this.#contacts[contact];
    if (linked === undefined || phone === undefined) return;
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
        this.#ask(linked, phone);
        return;
      case 'contact-reads':
        failLoudly(phone.read(linked.phone));
        return;
      case 'group-writes':
        return;
    }
  }

  #ask(linked: Linked, to: Phone): void {
    const text = this.#text(`program of ${linked.phone.name} to ${to.name}`);
    this.#open++;
    const chat = `${linked.id} ${to.number}`;
    const before = this.#lastCalls.get(chat) ?? Promise.resolve();
    const done = before.then(() => this.#askUntilTaken(linked, to, text)).finally(() => this.#open--);
    this.#lastCalls.set(chat, done);
    this.asked.push({ text, path: linked.path, to, done });
  }

  /** As a careful program does: no answer, or one that says "not now", is followed by the same call. */
  async #askUntilTaken(linked: Linked, to: Phone, text: string): Promise<void> {
    const path = `/instances/${linked.id}/client/action/send-message`;
    const message = { chatId: `${to.number}@c.us`, message: text };
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
