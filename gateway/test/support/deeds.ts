import { Group, poll, type Addressing, type Phone, type SendOptions } from '@eazewa/simulator';

/** A message in a chat of the number, as it is now. */
export interface Deed {
  readonly id: string;
  /** The contact, or the group, as receivers name it. */
  readonly chat: string;
  readonly by: Phone;
  /** Who got it. */
  readonly to: readonly Phone[];
  readonly options: readonly string[];
  body: string;
  isDeleted: boolean;
}

/** One line that a webhook must be told, in the words of `told.ts`. */
export interface Expected {
  readonly chat: string;
  readonly line: string;
}

type Chat = Phone | Group;

/** What phones do in the chats of one number, and what its webhook must be told of that, in that order. */
export class Deeds {
  readonly messages: Deed[] = [];
  /** In the order in which it was done; in each chat it must be told in this order. */
  readonly expected: Expected[] = [];
  /** What the settings of the own devices tell: a stream of its own, in no order with the messages. */
  readonly unordered: Expected[] = [];
  readonly #shop: Phone;
  readonly #everybody: () => readonly Phone[];

  /** `everybody` are the phones of the network: the members of groups are among them. */
  constructor(shop: Phone, everybody: () => readonly Phone[]) {
    this.#shop = shop;
    this.#everybody = everybody;
  }

  /** A group with the number in it from the beginning. */
  createGroup(
    by: Phone,
    subject: string,
    members: readonly Phone[],
    options: { addressing?: Addressing } = {},
  ): Group {
    const group = by.createGroup(subject, [this.#shop, ...members], options);
    this.#expectChange('group_update', group, 'create', subject, by);
    this.#expectChange('group_join', group, 'add', '', by, [this.#shop]);
    return group;
  }

  async write(by: Phone, to: Chat, text: string, options: SendOptions = {}): Promise<Deed> {
    const { id } = await by.send(to, text, options);
    return this.#written(id, by, to, 'chat', text);
  }

  async sendImage(by: Phone, to: Chat, caption: string, options: SendOptions = {}): Promise<Deed> {
    const bytes = Buffer.from(`\xff\xd8\xff\xe0 ${caption}`, 'latin1');
    const { id } = await by.sendMedia(to, { kind: 'image', bytes, caption }, options);
    return this.#written(id, by, to, 'image', caption);
  }

  async ask(by: Phone, to: Chat, question: string, options: SendOptions = {}): Promise<Deed> {
    const names = ['yes', 'no', 'perhaps'];
    const { id } = await by.send(to, poll(question, names, { selectable: 0 }), options);
    return this.#written(id, by, to, 'poll_creation', question, names);
  }

  /** A message that a program sent, so that phones can say something about it. */
  program(id: string, to: Chat, body: string): Deed {
    return this.#remember(id, this.#shop, to, body);
  }

  async react(by: Phone, message: Deed, emoji: string): Promise<void> {
    const { id } = await by.react(message.id, emoji);
    this.#expect(message.chat, `message_reaction ${message.id} ${emoji} by ${nameOf(by)} as ${id}`);
  }

  async edit(message: Deed, text: string): Promise<void> {
    await message.by.edit(message.id, text);
    const [before, after] = [JSON.stringify(message.body), JSON.stringify(text)];
    this.#expect(message.chat, `message_edit ${message.id} ${before} -> ${after} is ${after}`);
    message.body = text;
  }

  /** Deletes it for everyone. */
  async revoke(by: Phone, message: Deed): Promise<void> {
    await by.deleteForEveryone(message.id);
    const line = `${message.id} ${JSON.stringify(message.body)} by ${nameOf(by)}`;
    this.#expect(message.chat, `message_revoke_everyone ${line}`);
    message.isDeleted = true;
  }

  async vote(by: Phone, message: Deed, names: readonly string[]): Promise<void> {
    await by.vote(message.id, names);
    this.#expect(message.chat, `vote_update ${message.id} ${names.join()} by ${nameOf(by)}`);
  }

  /** The number's own phone deletes it on its devices. */
  deleteForMe(message: Deed): void {
    this.#shop.settings.deleteForMe(message.id);
    const line = `message_revoke_me ${message.id} ${JSON.stringify(message.body)}`;
    this.unordered.push({ chat: message.chat, line });
    message.isDeleted = true;
  }

  call(by: Phone, { isVideo, addressing }: { isVideo: boolean; addressing: Addressing }): void {
    const call = by.call(this.#shop, { video: isVideo, addressing });
    call.timeout();
    this.#expect(nameOf(by), `call ${call.id} from ${nameOf(by)}${isVideo ? ' with video' : ''}`);
  }

  changeSubject(by: Phone, group: Group, subject: string): void {
    by.changeGroup(group, { subject });
    this.#expectChange('group_update', group, 'subject', subject, by);
  }

  describe(by: Phone, group: Group, description: string): void {
    by.changeGroup(group, { description });
    this.#expectChange('group_update', group, 'description', description, by);
  }

  add(by: Phone, group: Group, ...members: Phone[]): void {
    by.addToGroup(group, ...members);
    this.#expectChange('group_join', group, 'add', '', by, members);
  }

  remove(by: Phone, group: Group, ...members: Phone[]): void {
    by.removeFromGroup(group, ...members);
    this.#expectChange('group_leave', group, 'remove', '', by, members);
  }

  leave(by: Phone, group: Group): void {
    by.leaveGroup(group);
    this.#expectChange('group_leave', group, 'leave', '', by, [by]);
  }

  setAdmin(by: Phone, group: Group, member: Phone, isAdmin: boolean): void {
    if (isAdmin) by.promoteInGroup(group, member);
    else by.demoteInGroup(group, member);
    this.#expectChange('group_update', group, isAdmin ? 'promote' : 'demote', '', by, [member]);
  }

  #written(
    id: string,
    by: Phone,
    to: Chat,
    type: string,
    body: string,
    options: readonly string[] = [],
  ): Deed {
    const deed = this.#remember(id, by, to, body, options);
    const line = `${id} ${type} ${JSON.stringify(body)}`;
    this.#expect(deed.chat, `message_create ${line}`);
    if (by !== this.#shop) this.#expect(deed.chat, `message ${line}`);
    return deed;
  }

  #remember(id: string, by: Phone, to: Chat, body: string, options: readonly string[] = []): Deed {
    const chat = to instanceof Group ? to.jid : nameOf(by === this.#shop ? to : by);
    const members = to instanceof Group ? this.#membersOf(to) : [to];
    const others = members.filter((phone) => phone !== by);
    const deed = { id, chat, by, to: others, options, body, isDeleted: false };
    this.messages.push(deed);
    return deed;
  }

  #membersOf(group: Group): Phone[] {
    const numbers = new Set(group.members.map(({ number }) => number));
    return this.#everybody().filter(({ number }) => numbers.has(number));
  }

  #expectChange(
    event: string,
    { jid }: Group,
    type: string,
    body: string,
    by: Phone,
    members: readonly Phone[] = [],
  ): void {
    const names = members.map(nameOf).toSorted().join();
    this.#expect(jid, `${event} ${type} ${JSON.stringify(body)} by ${nameOf(by)} of ${names}`);
  }

  #expect(chat: string, line: string): void {
    this.expected.push({ chat, line });
  }
}

function nameOf({ number }: Phone): string {
  return `${number}@c.us`;
}
