import { nowMs } from '../support/arrivals.ts';

/** What goes through a carrier: events of many chats, so many at a time. */
export interface Load {
  readonly instances: number;
  readonly chatsPerInstance: number;
  /** Events that are recorded but not yet settled. */
  readonly outstanding: number;
}

/** One event of the load, about 1.7 KB, as a text message is. */
export interface LoadEvent {
  readonly instanceId: number;
  readonly chatId: number;
  readonly name: 'message';
  readonly identity: string;
  readonly data: {
    readonly message: unknown;
    readonly media: null;
    /** When it was recorded, on the clock of `nowMs`. */
    readonly at: number;
    readonly lane: string;
    /** Counted from 1 in its lane. */
    readonly seq: number;
  };
}

/** Gives the next event each time: one chat of each instance after the other, each chat counts for itself. */
export function eventsOf({ instances, chatsPerInstance }: Load): () => LoadEvent {
  const seqs = new Map<number, number>();
  let taken = 0;
  return () => {
    const place = taken++ % (instances * chatsPerInstance);
    const seq = 1 + (seqs.get(place) ?? 0);
    seqs.set(place, seq);
    const instanceId = 1 + (place % instances);
    return eventOf(instanceId, 1 + Math.floor(place / instances), seq);
  };
}

export function eventOf(instanceId: number, chatId: number, seq: number): LoadEvent {
  const lane = `${instanceId}/${chatId}`;
  const message = { id: { remote: `${chatId}@c.us` }, body: filler, type: 'chat', timestamp: 1_700_000_000 };
  return {
    instanceId,
    chatId,
    name: 'message',
    identity: `message ${lane} ${seq}`,
    data: { message, media: null, at: Math.round(nowMs() * 1000) / 1000, lane, seq },
  };
}

/** As the gateway sends it: what the others store and post. */
export function bodyOf({ name, instanceId, data }: LoadEvent): string {
  return JSON.stringify({ event: name, instanceId: String(instanceId), data });
}

const filler = 'The quick brown fox jumps over the lazy dog. '.repeat(33);
