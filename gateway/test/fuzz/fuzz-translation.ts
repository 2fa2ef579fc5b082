import { inspect } from 'node:util';
import { needs } from '../../src/events/needs.ts';
import { contextWith, own } from '../../src/events/rows-for-tests.ts';
import { translate } from '../../src/events/translate.ts';
import type { InboxRow, StoredMessage, Translation } from '../../src/events/translation.ts';
import { drawing } from '../support/drawing.ts';
import { problemWith } from './check-translation.ts';
import { drawRow } from './draw-row.ts';

/** What came of many rows. */
export interface Tally {
  readonly rows: number;
  /** Translations by what they do, and events by name. */
  readonly counts: Readonly<Record<string, number>>;
  /** Each with the seed that shows it again. */
  readonly broken: readonly string[];
}

/** So many rows share a memory: later ones speak of what earlier ones told. */
const rowsPerWorld = 60;

/**
 * Draws rows of every kind and takes them as the drain does: `needs`, then `translate` with what is known. World after
 * world while `goOn` says so; each world has the seed of its number, counted from `seed`.
 */
export function fuzzTranslation(seed: number, goOn: (worlds: number) => boolean): Tally {
  const counts: Record<string, number> = {};
  const broken: string[] = [];
  const count = (name: string) => (counts[name] = (counts[name] ?? 0) + 1);
  let worlds = 0;
  for (; goOn(worlds) && broken.length < 10; worlds++) broken.push(...fuzzWorld(seed + worlds, count));
  return { rows: worlds * rowsPerWorld, counts, broken };
}

function fuzzWorld(seed: number, count: (name: string) => void): string[] {
  const draw = drawing(seed);
  const messages = new Map<string, StoredMessage>();
  const otherForm = new Map<string, string>();
  const broken: string[] = [];
  for (let seq = 1; seq <= rowsPerWorld; seq++) {
    const row = drawRow(draw, seq);
    const offlineSyncEnded = draw.onceIn(2);
    const translation = taken(row, offlineSyncEnded);
    if (typeof translation === 'string') {
      count('thrown');
      broken.push(
        `seed ${seed}, row ${seq}: ${translation}\n${inspect(row, { depth: 6, maxStringLength: 200 })}`,
      );
      continue;
    }
    count(translation.do);
    if (translation.do !== 'record') continue;
    for (const { name } of translation.events) count(name);
    for (const message of translation.messages) messages.set(`${message.fromMe}_${message.id}`, message);
  }
  return broken;

  /** The translation, or what is wrong with it. */
  function taken(row: InboxRow, offlineSyncEnded: boolean): Translation | string {
    try {
      for (const { lid, phone } of needs(row, own).learned) otherForm.set(lid, phone).set(phone, lid);
      const translation = translate(row, contextWith({ messages, otherForm, offlineSyncEnded }));
      if (offlineSyncEnded && translation.do === 'wait') return 'it waits, though nothing more is to come';
      return problemWith(translation, sizeOf(row)) ?? translation;
    } catch (error) {
      return `thrown: ${(error as Error).stack}`;
    }
  }
}

function sizeOf(row: InboxRow): number {
  return JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
    .length;
}
