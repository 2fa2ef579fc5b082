import type { Addressing, Phone } from '@eazewa/simulator';
import { toldAcks, toldMessages } from '../support/oracles.ts';
import type { Linked } from '../support/arena.ts';
import {
  call,
  deletedForAll,
  edit,
  groupChange,
  groupReceipt,
  inlineImage,
  reaction,
  vote,
} from './change-kinds.ts';
import type { MatrixWorld } from './matrix-world.ts';
import type { Shot } from './shot.ts';
import type { Station } from './points.ts';

/** One column of the matrix: a kind of message, and the stations that it passes. */
export interface Kind {
  readonly name: string;
  readonly stations: readonly Station[];
  /** Brings the world to where one such message is the next thing that happens. */
  readonly prepare: (world: MatrixWorld) => Promise<Shot>;
}

const received: readonly Station[] = ['stanza', 'ratchet', 'acknowledged', 'drain', 'event'];

/** What comes unencrypted. */
const told: readonly Station[] = ['stanza', 'acknowledged', 'drain', 'event'];

/** Every kind of message that is killed. A new one is one more entry. */
export const kinds: readonly Kind[] = [
  { name: 'first, LID', stations: received, prepare: (world) => firstMessage(world, 'lid') },
  { name: 'first, phone', stations: received, prepare: (world) => firstMessage(world, 'pn') },
  { name: 'later, LID', stations: received, prepare: (world) => laterMessage(world, 'lid') },
  { name: 'later, phone', stations: received, prepare: (world) => laterMessage(world, 'pn') },
  { name: 'group, with key', stations: received, prepare: (world) => groupMessage(world, 'pkmsg+skmsg') },
  { name: 'group, key known', stations: received, prepare: (world) => groupMessage(world, 'skmsg') },
  { name: 'group change', stations: told, prepare: groupChange },
  { name: 'own handset', stations: received, prepare: ownHandset },
  { name: 'peer', stations: ['stanza', 'ratchet', 'acknowledged', 'drain'], prepare: peerMessage },
  { name: 'history', stations: received, prepare: history },
  {
    name: 'deleted for me',
    stations: ['stanza', 'acknowledged', 'settings', 'drain', 'event'],
    prepare: deletedForMe,
  },
  { name: 'call', stations: told, prepare: call },
  { name: 'reaction', stations: received, prepare: reaction },
  { name: 'edit', stations: received, prepare: edit },
  { name: 'deleted for all', stations: received, prepare: deletedForAll },
  { name: 'vote', stations: received, prepare: vote },
  { name: 'image, inline', stations: [...received, 'inline'], prepare: inlineImage },
  { name: 'receipt', stations: ['stanza', 'acknowledged', 'drain', 'event'], prepare: readReceipt },
  { name: 'group receipt', stations: told, prepare: groupReceipt },
  { name: 'server ack', stations: ['stanza', 'drain', 'event'], prepare: programMessage },
  {
    name: 'program',
    stations: ['outgoing', 'encrypted', 'encrypted twice', 'sent'],
    prepare: programMessage,
  },
  {
    name: 'program to group',
    stations: ['outgoing', 'encrypted', 'group key', 'sent'],
    prepare: programToGroup,
  },
  { name: 'linking', stations: ['linked', 'pre-keys'], prepare: linking },
];

function firstMessage(world: MatrixWorld, addressing: Addressing): Promise<Shot> {
  const contact = world.newContact();
  return Promise.resolve(textFrom(world, contact, 'pkmsg', addressing));
}

/** From somebody who has got an answer before, so that the session is settled. */
async function laterMessage(world: MatrixWorld, addressing: Addressing): Promise<Shot> {
  return textFrom(world, await world.friend(`friend by ${addressing}`, addressing), 'msg', addressing);
}

function textFrom(world: MatrixWorld, contact: Phone, type: string, addressing: Addressing): Shot {
  const text = world.nextText(`${contact.name} by ${addressing}`);
  world.expectEncryption(type);
  return {
    fire: () => contact.send(world.shop.phone, text, { addressing }),
    missing: () => world.missingEvents('message', text),
  };
}

/** The first message of a member brings the key that the later ones need. */
async function groupMessage(world: MatrixWorld, type: string): Promise<Shot> {
  const group = await world.group();
  const member = world.newContact();
  group.founder.addToGroup(group.jid, member);
  if (type === 'skmsg') {
    const text = world.nextText(`${member.name} to group`);
    await member.sendToGroup(group.jid, text);
    await world.arena.receiver.until(() => world.missingEvents('message', text).length === 0);
  }
  const text = world.nextText(`${member.name} to group`);
  world.expectEncryption(type);
  return {
    fire: () => member.sendToGroup(group.jid, text),
    missing: () => world.missingEvents('message', text),
  };
}

/** The first message to a group brings every device the key. */
async function programToGroup(world: MatrixWorld): Promise<Shot> {
  const group = await world.group(true);
  const text = world.nextText('program to group');
  const copies = () => group.founder.messages.filter((message) => message.text === text);
  return {
    fire: () => world.ask(text, group.jid).catch(() => undefined),
    afterwards: () => world.askUntilTaken(text, group.jid),
    missing: () => (copies().length === 1 ? [] : [`the member got it ${copies().length} times`]),
  };
}

async function ownHandset(world: MatrixWorld): Promise<Shot> {
  const contact = await world.friend('friend of the handset', 'lid');
  const text = world.nextText('handset');
  return {
    fire: () => world.shop.phone.send(contact, text),
    missing: () => world.missingEvents('message_create', text),
  };
}

/** The handset tells of a message that never came: it is told late. */
async function history(world: MatrixWorld): Promise<Shot> {
  const { phone } = world.shop;
  const contact = world.newContact();
  const text = world.nextText(`${contact.name} in the history`);
  // A second later than now, so that it is never older than the link.
  phone.history.remember(contact, [{ text, timestamp: Math.ceil(Date.now() / 1000) + 1 }]);
  return {
    fire: () => phone.history.send({ chat: contact }),
    missing: () => world.missingEvents('message', text),
  };
}

/** The handset shares a key for settings; there is no event, but the key must be kept. */
async function peerMessage(world: MatrixWorld): Promise<Shot> {
  const before = await world.settingKeys();
  return {
    fire: () => world.shop.phone.settings.renewKey(),
    missing: async () =>
      (await world.settingKeys()) > before ? [] : ['the key that the handset shared was not kept'],
  };
}

/** The handset deletes a message on its own devices: a notification, a patch of the settings, and an event. */
async function deletedForMe(world: MatrixWorld): Promise<Shot> {
  const contact = await world.friend('regretted', 'lid');
  const text = world.nextText('regretted');
  const { id } = await contact.send(world.shop.phone, text);
  await world.arena.receiver.until(() => world.missingEvents('message', text).length === 0);
  const isTold = () =>
    world.requests().some(({ body }) => {
      if (body?.event !== 'message_revoke_me') return false;
      const { message } = body.data as { message: { id: { id: string } } };
      return message.id.id === id;
    });
  return {
    fire: () => world.shop.phone.settings.deleteForMe(id),
    missing: () => (isTold() ? [] : ['the deletion was lost']),
  };
}

async function readReceipt(world: MatrixWorld): Promise<Shot> {
  const contact = await world.friend('reader', 'lid');
  const text = world.nextText('program to reader');
  await world.ask(text, contact.jid);
  const message = await contact.waitForMessage((message) => message.text === text, world.limitMs);
  const ackIs = (level: number) =>
    toldAcks(world.requests()).some(({ messageId, ack }) => messageId === message.id && ack === level);
  await world.arena.receiver.until(() => ackIs(2));
  return {
    fire: () => contact.read(message.id),
    missing: () => (ackIs(3) ? [] : ['the read receipt was not told']),
  };
}

/** A program's message; the call is repeated with its key after a crash, as its caller would. */
async function programMessage(world: MatrixWorld): Promise<Shot> {
  const contact = await world.friend('customer', 'lid');
  const text = world.nextText('program');
  const copies = () => contact.messages.filter((message) => message.text === text);
  return {
    fire: () => world.ask(text, contact.jid).catch(() => undefined),
    afterwards: () => world.askUntilTaken(text, contact.jid),
    missing() {
      const [message] = copies();
      if (message === undefined) return ['the contact never got it'];
      const told = toldMessages(world.requests()).filter(({ text: told }) => told === text);
      const acks = toldAcks(world.requests()).filter(({ messageId }) => messageId === message.id);
      return [
        ...(copies().length > 1 ? [`the contact got it ${copies().length} times`] : []),
        ...(told.length === 0 ? ['message_create was not told'] : []),
        ...(acks.some(({ ack }) => ack === 2) ? [] : ['that it was delivered was not told']),
      ];
    },
  };
}

/** A new number, killed while it is linked: it must be linked at the end, with no dead device left on its phone. */
async function linking(world: MatrixWorld): Promise<Shot> {
  const { arena } = world;
  const phone = arena.simulator.addPhone({ name: world.nextText('Branch') });
  const { linked, qr } = await arena.create(phone);
  const contacts = [world.newContact(), world.newContact(), world.newContact()];
  const texts = contacts.map(({ name }) => world.nextText(name));
  let isReplied = false;
  const stop = arena.simulator.on('stanza', ({ direction, stanza }) => {
    if (direction === 'in' && JSON.stringify(stanza.content ?? '').includes('pair-device-sign'))
      isReplied = true;
  });
  return {
    fire: () => phone.scan(qr).catch(() => undefined),
    async afterwards() {
      stop();
      if (!isReplied) await linkAgain(world, linked);
      await arena.untilReady(linked);
      for (const [index, contact] of contacts.entries()) await contact.send(phone, texts[index] ?? '');
    },
    missing() {
      const codes = arena.qrCodes(linked).length;
      const devices = phone.companions.length;
      return [
        ...(isReplied && codes > 1 ? ['a second QR code was needed'] : []),
        ...(devices === 1 ? [] : [`${devices} devices are linked`]),
        ...texts.flatMap((text) => world.missingEvents('message', text)),
      ];
    },
  };
}

/** Without the reply WhatsApp knows of no link: the phone says "could not link", and the instance shows the next code. */
async function linkAgain({ arena }: MatrixWorld, linked: Linked): Promise<void> {
  await linked.phone.scan(await arena.nextQr(linked, 1));
}
