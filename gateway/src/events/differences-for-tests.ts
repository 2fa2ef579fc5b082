import type {
  CallData,
  GroupNotificationData,
  LocationData,
  MediaData,
  MessageData,
  MessageId,
  ReactionData,
  VoteData,
} from '@eazewa/sdk/events';
import type Original from 'whatsapp-web.js';

/** Ours and theirs, under their name. */
interface Pairs {
  readonly Message: [MessageData, Original.Message];
  readonly MessageId: [MessageId, Original.MessageId];
  readonly MessageMedia: [MediaData, Original.MessageMedia];
  readonly Location: [LocationData, Original.Location];
  readonly Reaction: [ReactionData, Original.Reaction];
  readonly GroupNotification: [GroupNotificationData, Original.GroupNotification];
  readonly Call: [CallData, Original.Call];
  readonly PollVote: [VoteData, Original.PollVote];
}

export type Structure = keyof Pairs;

const classSets = 'not declared, but its class sets it';
const declaredOnly = 'declared, but its class never sets it; it is in `_data`, there and here';

/**
 * Every difference between our payloads and what whatsapp-web.js 1.34.7 declares, with its reason. The types hold that
 * there is no other: a property that only they have is in `leftOut`, one that only we have in `added`, one of another
 * type in `typed`. docs/whatsapp-web-js.md is made of it.
 */
export const differences: { readonly [Name in Structure]: Differences<Pairs[Name][0], Pairs[Name][1]> } = {
  Message: {
    leftOut: {
      rawData:
        'declared as a property, but its class has it as a getter, which does not become JSON; it is `_data`',
      eventStartTime: declaredOnly,
      eventEndTime: declaredOnly,
      eventDescription: declaredOnly,
      eventLocation: declaredOnly,
      eventJoinLink: declaredOnly,
      isEventCaneled: 'declared, but its class never sets it; `_data.isEventCanceled` has it, there and here',
    },
    added: {
      _data: 'not declared, but its class sets it; for `rawData`',
      token: classSets,
      pollInvalidated: classSets,
      isSentCagPollCreation: classSets,
    },
    typed: {
      location: 'see Location',
      pollOptions: 'declared as strings, but its class passes on `name` and `localId`',
    },
  },
  MessageId: {
    added: {
      participant: 'not declared, but there in groups, broadcasts and status; always a string here',
    },
  },
  MessageMedia: {},
  Location: {
    typed: {
      latitude: 'declared as a string, but its class sets the number',
      longitude: 'declared as a string, but its class sets the number',
    },
  },
  Reaction: {
    leftOut: {
      orphan: 'only says whether the browser had the message; the documented payload has it no longer',
      orphanReason: 'the same',
    },
  },
  GroupNotification: {
    typed: { type: 'more kinds of changes are told than are declared, as its class does' },
  },
  Call: {},
  PollVote: {
    added: { parentMsgKey: classSets },
    typed: {
      parentMessage: 'see Message',
      selectedOptions: 'declared with `id`; its class sets `localId`',
    },
  },
};

type Differences<Ours, Theirs> = Group<'leftOut', Exclude<keyof Data<Theirs>, keyof Ours>> &
  Group<'added', Exclude<keyof Ours, keyof Data<Theirs>>> &
  Group<'typed', Unlike<Ours, Data<Theirs>>>;

/** A reason for each of the keys; there is no such group when there is no such key. */
type Group<Name extends string, Keys> = [Keys] extends [never]
  ? { readonly [Key in Name]?: never }
  : { readonly [Key in Name]: { readonly [Each in Keys & string]: string } };

/** Without methods: they do not become JSON. */
type Data<T> = {
  [Key in keyof T as NonNullable<T[Key]> extends (...values: never[]) => unknown ? never : Key]: T[Key];
};

/** The keys that both have and whose value, ours, they do not declare. */
type Unlike<Ours, Theirs> = {
  [Key in keyof Ours & keyof Theirs]: Plain<Ours[Key]> extends Plain<Theirs[Key]> | undefined ? never : Key;
}[keyof Ours & keyof Theirs];

/** As JSON has it: enums are their values, lists and objects can be written. */
type Plain<T> = T extends string
  ? `${T}`
  : T extends number
    ? `${T}` extends `${infer Value extends number}`
      ? Value
      : number
    : T extends readonly (infer Item)[]
      ? Plain<Item>[]
      : T extends object
        ? object extends T
          ? object
          : { -readonly [Key in keyof Data<T>]: Plain<Data<T>[Key]> }
        : T;
