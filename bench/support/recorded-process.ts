import { DatabaseSync } from 'node:sqlite';
import { Arrivals } from './arrivals.ts';
import { answer } from './child.ts';

/**
 * Reads the gateway's own database and counts the messages of the load when their events are committed: in a process of
 * its own, so that it costs the gateway nothing.
 */
const arrivals = new Arrivals();

/** How late a committed event may be seen. */
const everyMs = 5;

const verbs = {
  watch({ file }: { file: string }) {
    const database = new DatabaseSync(file, { readOnly: true, timeout: 1000 });
    const events = database.prepare('select rowid, name, body from events where rowid > ? order by rowid');
    let lastRow = 0;
    setInterval(() => {
      for (const { rowid, name, body } of events.iterate(lastRow)) {
        lastRow = Number(rowid);
        if (name === 'message' && body instanceof Uint8Array) arrivals.take(Buffer.from(body).toString());
      }
    }, everyMs);
  },
  results: () => arrivals.results(),
};

export type RecordedVerbs = typeof verbs;

answer(verbs);
