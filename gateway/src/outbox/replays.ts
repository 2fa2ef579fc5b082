import { GatewayError } from '../errors.ts';
import { firstEventId } from '../ids.ts';
import { join, sql } from '../database/sql.ts';
import { idsBetween } from './find-by-time.ts';
import type { ReplayParts } from './replay-runner.ts';
import { ReplayRunner } from './replay-runner.ts';
import {
  cancelReplay,
  findReplay,
  insertReplay,
  listReplays,
  openMax,
  openReplays,
  reportOf,
} from './replay-store.ts';
import type { Replay, ReplayBounds, ReplayReport, ReplaySelection } from './replay.ts';

/** Deliveries that are made anew, when somebody asks for it. */
export interface Replays {
  /** Goes on with what a stop interrupted. */
  start(): Promise<void>;
  /**
   * Begins one; its deliveries are made afterwards.
   *
   * @throws GatewayError `invalid_request` when the selection cannot be told again.
   */
  create(instanceId: number, selection: ReplaySelection): Promise<ReplayReport>;
  /** Newest first, at most `limit`. */
  list(instanceId: number, limit: number, before?: number): Promise<ReplayReport[]>;
  /** @throws GatewayError `not_found` */
  get(instanceId: number, id: number): Promise<ReplayReport>;
  /**
   * Makes no more and drops what waits; resolves when that is done. One that has nothing waiting stays as it is.
   *
   * @throws GatewayError `not_found`
   */
  cancel(instanceId: number, id: number): Promise<ReplayReport>;
  /** Deliveries have ended, whichever: those that wait for it may go on. */
  ended(count: number): void;
  /** A webhook was changed or removed. */
  webhookChanged(): void;
  /** Resolves when the units in hand are written. */
  stop(): Promise<void>;
}

export function createReplays(parts: ReplayParts): Replays {
  const { database, clock } = parts;
  const runner = new ReplayRunner(parts);

  async function find(instanceId: number, id: number): Promise<Replay> {
    const replay = await findReplay(database, id);
    if (replay?.instanceId === instanceId) return replay;
    throw new GatewayError('not_found', `There is no replay ${id}.`);
  }

  async function report(instanceId: number, id: number): Promise<ReplayReport> {
    return reportOf(database, await find(instanceId, id));
  }

  /** From where to where the replay looks: up to what is there now. */
  async function ends(instanceId: number, selection: ReplaySelection) {
    switch (selection.of) {
      case 'ids':
        await refuseUnfit(instanceId, selection.deliveryIds);
        return { cursor: '0', until: String(Math.max(...selection.deliveryIds)) };
      case 'log': {
        needWebhook(instanceId, selection);
        const range = await idsBetween(
          database,
          selection.sinceMs ?? undefined,
          selection.untilMs ?? undefined,
        );
        const newest = await database.first<{ id: number | null }>(sql`select max(id) as id from deliveries`);
        return {
          cursor: String(range.first - 1),
          until: String(Math.min(range.last, newest?.id ?? 0)),
        };
      }
      case 'events': {
        needWebhook(instanceId, selection);
        const untilMs = Math.min(selection.untilMs ?? Number.POSITIVE_INFINITY, clock.now());
        return {
          cursor: firstEventId(Math.max(0, selection.sinceMs ?? 0)),
          until: firstEventId(Math.max(0, untilMs + 1)),
        };
      }
      default:
        return selection satisfies never;
    }
  }

  function needWebhook(instanceId: number, { webhookId }: ReplayBounds): void {
    const webhook = parts.webhook(webhookId);
    if (webhook?.instanceId !== instanceId)
      throw invalid('webhookId', `The instance has no webhook ${webhookId}.`);
    if (webhook.url === null) {
      throw invalid(
        'webhookId',
        `The webhook ${webhookId} has no url, so nothing can be sent to it. Set one first.`,
      );
    }
  }

  async function refuseUnfit(instanceId: number, ids: readonly number[]): Promise<void> {
    const rows = await database.all<{ id: number; state: string; webhook_id: number }>(
      sql`select id, state, webhook_id from deliveries where instance_id = ${instanceId} and id in (${join(ids)})`,
    );
    const known = new Map(rows.map((row) => [row.id, row]));
    const unknown = ids.find((id) => !known.has(id));
    if (unknown !== undefined) throw invalid('deliveryIds', `The instance has no delivery ${unknown}.`);
    const waiting = rows.find(({ state }) => state === 'pending');
    if (waiting) {
      throw invalid('deliveryIds', `The delivery ${waiting.id} still waits for its webhook. Leave it out.`);
    }
    const homeless = rows.find((row) => !parts.webhook(row.webhook_id)?.url);
    if (homeless) {
      throw invalid(
        'deliveryIds',
        `The webhook of delivery ${homeless.id} is gone or has no url, so nothing can be sent to it. Leave it out.`,
      );
    }
  }

  return {
    async start() {
      for (const id of await openReplays(database)) void runner.run(id);
    },
    async create(instanceId, selection) {
      const place = await ends(instanceId, selection);
      const id = await insertReplay(database, { instanceId, selection, ...place, createdAt: clock.now() });
      if (id === undefined) {
        throw new GatewayError(
          'invalid_request',
          `There are ${openMax} replays under way already. Wait until one has ended, or cancel one.`,
        );
      }
      const first = await report(instanceId, id);
      void runner.run(id);
      return first;
    },
    async list(instanceId, limit, before) {
      const replays = await listReplays(database, { instanceId, limit, before });
      return Promise.all(replays.map((replay) => reportOf(database, replay)));
    },
    get: report,
    async cancel(instanceId, id) {
      await find(instanceId, id);
      await cancelReplay(database, id);
      await runner.run(id);
      return report(instanceId, id);
    },
    ended: (count) => runner.ended(count),
    webhookChanged: () => runner.webhookChanged(),
    stop: () => runner.stop(),
  };
}

function invalid(field: string, sentence: string): GatewayError {
  return new GatewayError('invalid_request', 'The given data was invalid.', {
    fields: { [field]: [sentence] },
  });
}
