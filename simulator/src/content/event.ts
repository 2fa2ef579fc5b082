import { randomBytes } from 'node:crypto';
import type { proto } from '../stanza/codec.ts';
import { location } from './location.ts';
import type { Place } from './location.ts';

export interface ScheduledEvent {
  readonly name: string;
  readonly description?: string;
  /** Seconds since 1970. */
  readonly start: number;
  readonly end?: number;
  readonly place?: Place;
  /** Link of a call. */
  readonly joinLink?: string;
  readonly isCanceled?: boolean;
  /** 32 bytes, under which the answers are encrypted; made up when left out. */
  readonly secret?: Uint8Array;
}

/** An event of a group that members can accept. */
export function scheduledEvent(event: ScheduledEvent): proto.IMessage {
  const {
    name,
    description,
    start,
    end,
    place,
    joinLink,
    isCanceled = false,
    secret = randomBytes(32),
  } = event;
  const locationMessage = place && location(place).locationMessage;
  return {
    messageContextInfo: { messageSecret: secret },
    eventMessage: {
      name,
      isCanceled,
      startTime: start,
      ...(description !== undefined && { description }),
      ...(end !== undefined && { endTime: end }),
      ...(locationMessage && { location: locationMessage }),
      ...(joinLink !== undefined && { joinLink }),
    },
  };
}
