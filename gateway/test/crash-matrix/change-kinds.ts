import { poll } from '@eazewa/simulator';
import { toldAcks } from '../support/oracles.ts';
import { toldOf, type Told } from '../support/told.ts';
import type { MatrixWorld } from './matrix-world.ts';
import type { Shot } from './shot.ts';

/** What changes a message that was told before, or a group, and what follows from it. */

export async function reaction(world: MatrixWorld): Promise<Shot> {
  const { friend, id } = await toldMessage(world, 'reactor');
  return {
    fire: () => friend.react(id, '👍'),
    missing: () =>
      untold(world, 'message_reaction', ({ about, line }) => about === id && line.includes('👍')),
  };
}

export async function edit(world: MatrixWorld): Promise<Shot> {
  const { friend, id, text } = await toldMessage(world, 'editor');
  const after = world.nextText('edited');
  const bodies = `${JSON.stringify(text)} -> ${JSON.stringify(after)}`;
  return {
    fire: () => friend.edit(id, after),
    missing: () => untold(world, 'message_edit', ({ line }) => line.includes(bodies)),
  };
}

export async function deletedForAll(world: MatrixWorld): Promise<Shot> {
  const { friend, id, text } = await toldMessage(world, 'regretful');
  return {
    fire: () => friend.deleteForEveryone(id),
    missing: () =>
      untold(world, 'message_revoke_everyone', ({ line }) => line.includes(`${id} ${JSON.stringify(text)}`)),
  };
}

export async function vote(world: MatrixWorld): Promise<Shot> {
  const friend = await world.friend('voter', 'lid');
  const { id } = await friend.send(world.shop.phone, poll(world.nextText('question'), ['yes', 'no']));
  await world.arena.receiver.until(() => untold(world, 'message', isAbout(id)).length === 0);
  return {
    fire: () => friend.vote(id, ['no']),
    missing: () =>
      untold(world, 'vote_update', ({ about, line }) => about === id && line.includes(' no by ')),
  };
}

export async function groupChange(world: MatrixWorld): Promise<Shot> {
  const group = await world.group();
  const subject = world.nextText('subject');
  return {
    fire: () => group.founder.changeGroup(group.jid, { subject }),
    missing: () => untold(world, 'group_update', ({ line }) => line.includes(`subject "${subject}"`)),
  };
}

export async function call(world: MatrixWorld): Promise<Shot> {
  const contact = await world.friend('caller', 'lid');
  const id = `CALL${world.nextText('').trim()}`;
  return {
    fire: () => contact.call(world.shop.phone, { id }),
    missing: () => untold(world, 'call', ({ line }) => line.startsWith(`call ${id} `)),
  };
}

/** The last of all members reads what a program wrote: only now it is read. */
export async function groupReceipt(world: MatrixWorld): Promise<Shot> {
  const group = await world.group(true);
  const member = await world.friend('member', 'lid');
  group.founder.addToGroup(group.jid, member);
  const text = world.nextText('program to readers');
  await world.ask(text, group.jid);
  const { id } = await member.waitForMessage((message) => message.text === text, world.limitMs);
  const ackIs = (level: number) =>
    toldAcks(world.requests()).some(({ messageId, ack }) => messageId === id && ack === level);
  await world.arena.receiver.until(() => ackIs(2));
  await member.read(id);
  return {
    fire: () => group.founder.read(id),
    missing: () => (ackIs(3) ? [] : ['that all have read it was not told']),
  };
}

/** Its file is in the body, which is stored before the first attempt. */
export async function inlineImage(world: MatrixWorld): Promise<Shot> {
  await world.wantFiles();
  const friend = await world.friend('photographer', 'lid');
  const caption = world.nextText('picture');
  const bytes = Buffer.from(`\xff\xd8\xff\xe0 ${caption}`, 'latin1');
  const isWhole = ({ body }: { readonly body: { readonly data: object } | null }) => {
    const { message, media } = (body?.data ?? {}) as { message?: { body: string }; media?: { data: string } };
    return message?.body === caption && media?.data === bytes.toString('base64');
  };
  return {
    fire: () => friend.sendMedia(world.shop.phone, { kind: 'image', bytes, caption }),
    missing: () => (world.requests().some(isWhole) ? [] : ['the picture was not told with its file']),
  };
}

async function toldMessage(world: MatrixWorld, name: string) {
  const friend = await world.friend(name, 'lid');
  const text = world.nextText(name);
  const { id } = await friend.send(world.shop.phone, text);
  await world.arena.receiver.until(() => world.missingEvents('message', text).length === 0);
  return { friend, id, text };
}

function isAbout(id: string): (told: Told) => boolean {
  return ({ about }) => about === id;
}

function untold(world: MatrixWorld, event: string, isIt: (told: Told) => boolean): string[] {
  const isTold = toldOf(world.requests()).some((told) => told.event === event && isIt(told));
  return isTold ? [] : [`${event} was not told`];
}
