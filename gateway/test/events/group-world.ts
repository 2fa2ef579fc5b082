import assert from 'node:assert/strict';
import type { EventBody, EventBodyOf, EventName, GroupNotificationData } from '@eazewa/sdk/events';
import type { Group, Phone } from '@eazewa/simulator';
import type { TestInstance } from '../support/test-instance.ts';
import { startWorld, type World } from '../support/world.ts';

export type GroupEvent = 'group_join' | 'group_leave' | 'group_update';

/** What of a notification tells it apart; the rest follows from it. */
export interface Expected {
  readonly type: string;
  readonly body?: string;
  /** Contact id; null for one without an author. */
  readonly author: string | null;
  readonly recipientIds: readonly string[];
}

/** The shop, whose number is linked, and two of its contacts, whom it knows by their numbers. */
export interface GroupWorld {
  readonly world: World;
  readonly instance: TestInstance;
  readonly shop: Phone;
  readonly anna: Phone;
  readonly ben: Phone;
  /** Resolves with the body of the first such event of the group of that type, after comparing every field of it. */
  readonly expectNews: <Name extends GroupEvent>(
    event: Name,
    group: Group,
    expected: Expected,
  ) => Promise<EventBody & EventBodyOf<Name>>;
}

export const shopId = '4930111111@c.us';
export const annaId = '491701234567@c.us';
export const benId = '491702222222@c.us';

export async function startGroupWorld(events: readonly EventName[]): Promise<GroupWorld> {
  const world = await startWorld();
  const { simulator } = world;
  const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
  const anna = simulator.addPhone({ name: 'Anna', number: '491701234567', lid: '153978989985921' });
  const ben = simulator.addPhone({ name: 'Ben', number: '491702222222', lid: '153978989985922' });
  const instance = await world.link(shop, events);
  return {
    world,
    instance,
    shop,
    anna,
    ben,
    async expectNews(event, group, expected) {
      const before = Math.floor(Date.now() / 1000) - 60;
      const body = await instance.body(event, ({ notification }) => {
        return notification.chatId === group.jid && notification.type === expected.type;
      });
      assert.deepEqual(Object.keys(body.data), ['notification']);
      assert.deepEqual(body.data.notification, wholeOf(body.data.notification, group, expected));
      const { timestamp } = body.data.notification;
      assert.ok(timestamp > before && timestamp <= before + 180, 'seconds since 1970');
      return body;
    },
  };
}

/** The whole notification as it must be; only the stanza's id and the time are what was told. */
function wholeOf(
  { id, timestamp }: GroupNotificationData,
  { jid }: Group,
  { type, body = '', author, recipientIds }: Expected,
): GroupNotificationData {
  assert.match(id.id, /^\d+-\d+(-\d)?$/);
  const start = `false_${jid}_${id.id}`;
  const common = { body, type, timestamp, chatId: jid };
  const isOfOne = recipientIds.length === 1 && memberChanges.includes(type);
  const participant = isOfOne ? recipientIds[0]! : author;
  const ofPerson =
    participant === null ? { _serialized: start } : { participant, _serialized: `${start}_${participant}` };
  const whole = { id: { fromMe: false, remote: jid, id: id.id, ...ofPerson }, ...common, recipientIds };
  return author === null ? whole : { ...whole, author };
}

const memberChanges = ['add', 'invite', 'linked_group_join', 'remove', 'leave', 'promote', 'demote'];
